"""Options of a campaign's execution: where and how trials run, without an effect on results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.shapes import checked_record

ExecutorName = Literal["serial", "processes", "ray"]


@dataclass(frozen=True)
class CampaignOptions:
    """Where and how trials run; no option changes a result. The ledger keeps the options for the next run."""

    data_root: Path = Path("data")
    """Folder with CIFAR-10 in any of its layouts; missing data are downloaded into it."""
    executor: ExecutorName | None = None
    """serial: one trial after the other in this process. processes: in --workers processes of this machine. ray: in
    Ray, here or on a cluster. If left out: ray with --ray-address, processes if --workers is more than 1."""
    workers: int | None = None
    """Trials at the same time; if left out 1, or with ray as many as fit."""
    ray_address: str | None = None
    """The Ray cluster that this machine belongs to: host:port of its head, or auto. If left out, a temporary local
    cluster is started."""
    cpus_per_trial: float | None = None
    """With ray: cores reserved for each trial; --threads if left out."""
    gpus_per_trial: float = 0.0
    """With ray: GPUs for each trial; 0.25 puts four on one GPU. With 0, trials run on CPUs."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:1, …"""
    max_tries: int = 3
    """Failures after which a trial is recorded as failed."""
    checkpoint_interval_s: float = 60.0
    """Seconds between checkpoints of a training: the most work that a kill can cost."""

    @property
    def executor_name(self) -> ExecutorName:
        """The named executor, or the one that the other options imply."""
        if self.executor is not None:
            return self.executor
        if self.ray_address is not None:
            return "ray"
        return "serial" if self.workers in (None, 1) else "processes"

    @property
    def worker_device(self) -> str:
        """Device of a trial. With Ray, a trial without a share of a GPU must not use one that others have."""
        if self.executor_name == "ray" and self.device == "auto" and not self.gpus_per_trial:
            return "cpu"
        return self.device

    def check(self) -> None:
        """Check the options that no executor checks.

        Raises:
            InputError: a number is out of range, or an option of Ray goes with another executor.
        """
        if self.max_tries < 1:
            raise InputError(f"--max-tries must be at least 1, got {self.max_tries}")
        if not self.checkpoint_interval_s >= 0:
            raise InputError(f"--checkpoint-interval-s must be at least 0, got {self.checkpoint_interval_s:g}")
        if self.executor_name != "ray" and (
            self.ray_address is not None or self.cpus_per_trial is not None or self.gpus_per_trial
        ):
            raise InputError(
                "--ray-address, --cpus-per-trial and --gpus-per-trial are for --executor ray; got --executor "
                f"{self.executor_name}"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON. Paths are absolute, since the next run may start in another folder."""
        return {**vars(self), "data_root": str(self.data_root.absolute())}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> CampaignOptions:
        """Return the options that `to_dict` made `value` of; options that this version does not know are ignored.

        Raises:
            InputError: a value has another type; the message names the field.
        """
        return checked_record(cls, value, "options")
