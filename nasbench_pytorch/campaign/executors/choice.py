"""Choice of an executor by a campaign's options."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nasbench_pytorch.campaign.executors.base import print_note
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.executors.base import Executor
    from nasbench_pytorch.campaign.options import CampaignOptions


def make_executor(options: CampaignOptions, threads: int) -> Executor:
    """Return the executor that the options name or imply; with Ray, this starts or joins the cluster.

    Args:
        options: the campaign's options.
        threads: CPU threads of one training.

    Raises:
        InputError: the options do not go together, or Ray cannot be reached.
    """
    options.check()
    name = options.executor_name
    if name == "ray":
        from nasbench_pytorch.campaign.executors.ray import RayExecutor

        return RayExecutor(
            options.workers,
            cpus_per_trial=threads if options.cpus_per_trial is None else options.cpus_per_trial,
            gpus_per_trial=options.gpus_per_trial,
            address=options.ray_address,
        )
    if name == "processes":
        from nasbench_pytorch.campaign.executors.processes import ProcessExecutor

        workers = 1 if options.workers is None else options.workers
        _warn_of_crowding(workers, threads)
        return ProcessExecutor(workers, threads)
    if options.workers not in (None, 1):
        raise InputError(f"--workers {options.workers}: the serial executor has one; use --executor processes")
    from nasbench_pytorch.campaign.executors.serial import SerialExecutor

    return SerialExecutor()


def _warn_of_crowding(workers: int, threads: int) -> None:
    """Print a warning if threads would wait for each other: half the speed, measured in docs/throughput.md."""
    cores = os.cpu_count() or 1
    if threads > 1 and workers * threads > cores:
        print_note(
            f"{workers} workers × {threads} threads are more than this machine's {cores} cores, and threads "
            f"that wait for each other are slow; --workers {max(1, cores // threads)}, or --threads 1, trains faster"
        )
