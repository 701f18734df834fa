"""Two processes that train together, started by the tests as torchrun would start them."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist

from nasbench_pytorch.training.runtime.distributed import join_world
from nasbench_pytorch.training.runtime.process_group import World

JOIN_LIMIT_S = 300
"""A limit for a loaded machine; no test waits for it to pass."""


@contextmanager
def environments(size: int) -> Iterator[list[dict[str, str]]]:
    """What torchrun puts into the environment of each process; the store is here, as it is in torchrun's agent."""
    store = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    shared = {
        "WORLD_SIZE": str(size),
        "LOCAL_WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(store.port),
        "TORCHELASTIC_USE_AGENT_STORE": "True",
        "TORCHELASTIC_RESTART_COUNT": "0",  # torch below 2.5 reads it
        "CUDA_VISIBLE_DEVICES": "",
        "OMP_NUM_THREADS": "1",
    }
    yield [shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(size)]
    del store  # not before the processes are done with it


Act = Callable[[World, Path], Any]


def run_together(acts: dict[str, tuple[Act, float]], folder: Path, size: int = 2) -> list[dict[str, Any]]:
    """Call each act in so many processes, which join anew for each, with its time limit in seconds.

    Returns, for each rank, what its calls returned or raised; a process that was killed has not returned its last act.
    """
    context = multiprocessing.get_context("spawn")
    with environments(size) as variables:
        workers = [context.Process(target=_work, args=(acts, folder, item)) for item in variables]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(JOIN_LIMIT_S)
            worker.kill()
    return [
        {name: pickle.loads(file.read_bytes()) for name in acts if (file := folder / f"{name}{rank}.pkl").exists()}
        for rank in range(size)
    ]


def _work(acts: dict[str, tuple[Act, float]], folder: Path, variables: dict[str, str]) -> None:
    os.environ.update(variables)
    torch.set_num_threads(1)
    for name, (act, timeout_s) in acts.items():
        outcome: Any
        try:
            with join_world(timeout_s) as world:
                outcome = act(world, folder)
        except Exception as error:
            outcome = error.with_traceback(None)
            outcome.__cause__ = outcome.__context__ = None
        (folder / f"{name}{variables['RANK']}.pkl").write_bytes(pickle.dumps(outcome))


@contextmanager
def training_commands(arguments: list[str], size: int = 2) -> Iterator[list[subprocess.Popen[str]]]:
    """`nasbench train` in so many processes; what still runs when the block ends is killed."""
    command = [sys.executable, "-m", "nasbench_pytorch.cli", "train", *arguments]
    with environments(size) as variables:
        processes = [
            subprocess.Popen(command, env=os.environ | item, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for item in variables
        ]
        try:
            yield processes
        finally:
            for process in processes:
                process.kill()
                process.communicate()
