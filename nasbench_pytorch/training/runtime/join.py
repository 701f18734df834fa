"""Start of a training in several processes: the group of torchrun's processes, and a device for each of them."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from datetime import timedelta

import torch
import torch.distributed as dist

from nasbench_pytorch.devices import resolve_device
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training.runtime.distributed import DistributedProcessGroup
from nasbench_pytorch.training.runtime.process_group import SINGLE_PROCESS, ProcessGroup

COLLECTIVE_TIMEOUT_S = 600.0
"""Longest wait of a process for the others: well above one step, one checkpoint and the download of the data."""

# Processes start at different speeds; they may need this long to find each other, even if the time limit is shorter.
_JOIN_TIMEOUT_S = 120.0

# How many groups this process has joined; the others have joined as many.
_JOINED = itertools.count()


@contextlib.contextmanager
def join_world(timeout_s: float = COLLECTIVE_TIMEOUT_S) -> Iterator[ProcessGroup]:
    """Join the processes that torchrun started, for the block; without torchrun, train in this process alone.

    Processes exchange CPU tensors through gloo and CUDA tensors through NCCL.

    Args:
        timeout_s: time limit of an exchange, once all processes have joined.

    Raises:
        InputError: the environment does not give the address of the other processes, or they do not join.
    """
    if os.environ.get("WORLD_SIZE", "1") == "1":
        yield SINGLE_PROCESS
        return
    group = _join(timeout_s)
    try:
        yield group
    except BaseException as error:
        group.leave(error)
        raise
    group.leave()


def _join(timeout_s: float) -> DistributedProcessGroup:
    if not dist.is_available():
        raise InputError("this torch was built without torch.distributed; train in one process, without torchrun")
    # This call imports torch's compiler, which every optimiser imports eventually. If it were imported after the group
    # was made, it would keep the group and its connections alive in a process that has left, and other processes
    # would wait for that process.
    torch.compiler.disable(_join)  # type: ignore[no-untyped-call]
    from torch.distributed.rendezvous import rendezvous

    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
    try:
        shared, rank, size = next(rendezvous("env://", timeout=timedelta(seconds=_JOIN_TIMEOUT_S)))
        # The shared store still holds the addresses and notes of an earlier group of these processes.
        store = dist.PrefixStore(f"nasbench/{next(_JOINED)}", shared)  # type: ignore[attr-defined]
        store.set(f"joined/{rank}", "")
        store.wait([f"joined/{other}" for other in range(size)], timedelta(seconds=_JOIN_TIMEOUT_S))
        limit = timedelta(seconds=timeout_s)
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=limit)
    except ValueError as error:
        raise InputError(f"WORLD_SIZE is {os.environ['WORLD_SIZE']}, but {error}; start with torchrun") from None
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"the processes that torchrun started did not find each other: {reason}") from None
    return DistributedProcessGroup(store, rank, size, timeout_s)


def device_of(process_group: ProcessGroup, name: str) -> torch.device:
    """Return the device of this process; each of several processes on CUDA has its own.

    Args:
        process_group: this process and the others.
        name: see `resolve_device`.

    Raises:
        InputError: see `resolve_device`; or several processes would share one CUDA device.
    """
    device = resolve_device(name)
    if process_group.size == 1 or device.type == "cpu":
        return device
    if name not in ("auto", "cuda"):
        raise InputError(f"{process_group.size} processes cannot share device '{name}'; say cuda, for one each, or cpu")
    local_processes = int(os.environ.get("LOCAL_WORLD_SIZE", process_group.size))
    devices = torch.cuda.device_count()
    if local_processes > devices:
        raise InputError(
            f"{local_processes} processes on this machine need a CUDA device each, it has {devices}; start at most "
            f"{devices} (torchrun --nproc-per-node), or train with --device cpu"
        )
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", process_group.rank)))
