"""Two processes that train together, started by the tests as torchrun would start them."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import torch
from torch._C._distributed_c10d import TCPStore

from nasbench_pytorch.training.runtime.join import join_world
from nasbench_pytorch.training.runtime.process_group import ProcessGroup
from tests.helpers.deadlines import DEADLINE_S

LIMIT_S = DEADLINE_S
"""Longest life of a process."""


@contextmanager
def environments(size: int) -> Iterator[list[dict[str, str]]]:
    """Provide torchrun's variables for each process; this process hosts the store, as torchrun's agent does."""
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
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
    del store  # the processes need it until they end


def forks_of_a_new_process() -> ForkServerContext:
    """Return a context whose processes are forks of one that has loaded what they need, which takes seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.helpers.distributed_acts", "sklearn.datasets"])
    return context


Act = Callable[[ProcessGroup, Path], Any]


def run_together(acts: dict[str, tuple[Act, float]], folder: Path, size: int = 2) -> list[dict[str, Any]]:
    """Call each act in several processes, which join a new group for each, with its time limit in seconds.

    Returns:
        For each rank, what its acts returned or raised. The last act of a killed process is missing.
    """
    context = forks_of_a_new_process()
    with environments(size) as variables:
        workers = [context.Process(target=_work, args=(acts, folder, item)) for item in variables]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(LIMIT_S)
            worker.kill()
            worker.join(LIMIT_S)
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
            with join_world(timeout_s) as group:
                outcome = act(group, folder)
        except Exception as error:
            outcome = error.with_traceback(None)
            outcome.__cause__ = outcome.__context__ = None
        (folder / f"{name}{variables['RANK']}.pkl").write_bytes(pickle.dumps(outcome))


@contextmanager
def training_commands(arguments: list[str], size: int = 2) -> Iterator[list[subprocess.Popen[str]]]:
    """Run `nasbench train` in several processes, which are killed when the block or the time limit ends."""
    command = [sys.executable, "-m", "nasbench_pytorch.cli", "train", *arguments]
    with environments(size) as variables:
        processes = [
            subprocess.Popen(command, env=os.environ | item, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for item in variables
        ]
        # Killing the processes also ends a test that reads their output.
        deadline = threading.Timer(LIMIT_S, _kill, [processes])
        deadline.start()
        try:
            yield processes
        finally:
            deadline.cancel()
            _kill(processes)
            for process in processes:
                process.communicate(timeout=LIMIT_S)


def _kill(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        process.kill()
