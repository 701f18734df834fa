"""Several processes that train one network: joined by torch.distributed, started by torchrun.

torch's DistributedDataParallel is not used. It would average inside the backward pass, send the running statistics
around before every forward pass, and wrap the network, so that `state_dict` keys change. Here gradients and loss go
around in one message a step, after the last shard: two shards add up to the same bits in one process and in two, and
fused projections, compiled or not, run as they do alone.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from nasbench_pytorch import foreach
from nasbench_pytorch.errors import InputError, ToldElsewhereError
from nasbench_pytorch.training.runtime.device import resolve_device
from nasbench_pytorch.training.runtime.process_group import SINGLE_PROCESS, World

T = TypeVar("T")

COLLECTIVE_TIMEOUT_S = 600.0
"""How long a process waits for the others: well above one step, one checkpoint and the download of the data."""

# Processes start at different speeds; they may need this long to find each other, however short the limit is.
_JOIN_TIMEOUT_S = 120.0

# How many worlds this process has joined; the others have joined as many.
_JOINED = itertools.count()

# How long one that has noticed a loss waits for the others to notice it too, before those count as lost.
_ROLL_CALL_S = 2.0


class LostProcessError(InputError):
    """Another process of this training has ended or does not answer; the message names its rank."""


@contextlib.contextmanager
def join_world(timeout_s: float = COLLECTIVE_TIMEOUT_S) -> Iterator[World]:
    """Within the block this process trains with those that torchrun started beside it; without torchrun, alone.

    Processes exchange CPU tensors through gloo and CUDA tensors through NCCL.

    Args:
        timeout_s: no exchange waits for longer, once all have joined.

    Raises:
        InputError: the environment says that there are others, but not where; or they do not come.
    """
    if os.environ.get("WORLD_SIZE", "1") == "1":
        yield SINGLE_PROCESS
        return
    world = _join(timeout_s)
    try:
        yield world
    except BaseException as error:
        world.leave(error)
        raise
    world.leave()


def _join(timeout_s: float) -> DistributedWorld:
    if not dist.is_available():
        raise InputError("this torch was built without torch.distributed; train in one process, without torchrun")
    # This call loads torch's compiler, which every optimiser loads sooner or later. Loaded after the group was made, it
    # would keep it, and its connections, alive in a process that has left the group, and others would wait for that
    # process in vain.
    torch.compiler.disable(_join)
    from torch.distributed.rendezvous import rendezvous

    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
    try:
        shared, rank, size = next(rendezvous("env://", timeout=timedelta(seconds=_JOIN_TIMEOUT_S)))
        # The addresses and notes of an earlier world of these processes are still in there.
        store = dist.PrefixStore(f"nasbench/{next(_JOINED)}", shared)
        store.set(f"joined/{rank}", "")
        store.wait([f"joined/{other}" for other in range(size)], timedelta(seconds=_JOIN_TIMEOUT_S))
        limit = timedelta(seconds=timeout_s)
        dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=limit)
    except ValueError as error:
        raise InputError(f"WORLD_SIZE is {os.environ['WORLD_SIZE']}, but {error}; start with torchrun") from None
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"the processes that torchrun started did not find each other: {reason}") from None
    return DistributedWorld(store, rank, size, timeout_s)


class DistributedWorld(World):
    """The processes of torch.distributed's default group; see `World` for what they can do together.

    No exchange waits for longer than the group's time limit, and when one fails, the error says who is missing.

    Args:
        store: where processes leave notes for each other beside the group.
        rank: number of this process.
        size: number of processes.
        timeout_s: time limit of the group.
    """

    def __init__(self, store: dist.Store, rank: int, size: int, timeout_s: float) -> None:
        self.rank, self.size = rank, size
        self._store, self._timeout_s = store, timeout_s

    def all_reduce_sum(self, tensors: Sequence[Tensor]) -> None:
        """See `World`; all in one message."""
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        self._exchange(dist.all_reduce, flat)
        parts = torch.split(flat, [tensor.numel() for tensor in tensors])
        shaped = [part.view(tensor.shape) for part, tensor in zip(parts, tensors, strict=True)]
        foreach.copy_(list(tensors), shaped)

    def broadcast(self, tensors: Sequence[Tensor]) -> None:
        """See `World`."""
        for tensor in tensors:
            self._exchange(dist.broadcast, tensor, 0)

    def all_reduce_max(self, *values: float) -> tuple[float, ...]:
        """See `World`; through the CPU, so that nobody waits for a device."""
        together = torch.tensor(values, dtype=torch.float64)
        self._exchange(dist.all_reduce, together, dist.ReduceOp.MAX)
        return tuple(together.tolist())

    def broadcast_object(self, value: T) -> T:
        """See `World`."""
        shared = [value]
        self._exchange(dist.broadcast_object_list, shared, 0)
        return shared[0]

    @contextlib.contextmanager
    def agreed(self) -> Iterator[None]:
        """See `World`."""
        problem: InputError | OSError | None = None
        try:
            yield
        except (LostProcessError, ToldElsewhereError):
            raise
        except (InputError, OSError) as error:
            problem = error
        messages: list[str | None] = [None] * self.size
        self._exchange(dist.all_gather_object, messages, None if problem is None else str(problem))
        told = [f"rank {rank}: {message}" for rank, message in enumerate(messages) if message is not None]
        if told and self.rank > 0:
            raise ToldElsewhereError(told[0]) from problem
        if told:
            raise problem or InputError(told[0])

    def rank_zero_first(self, action: Callable[[], T]) -> T:
        """See `World`."""
        results: list[T] = []
        for firsts_turn in (True, False):
            with self.agreed():
                if (self.rank == 0) is firsts_turn:
                    results.append(action())
        return results[0]

    def leave(self, error: BaseException | None = None) -> None:
        """Close the connections; `error` is what ends this process, and what it tells of itself."""
        if error is not None and not isinstance(error, LostProcessError | ToldElsewhereError):
            self._note("told")
        if dist.is_initialized():
            dist.destroy_process_group()

    def _exchange(self, collective: Callable[..., object], *arguments: object) -> None:
        began_s = time.monotonic()
        try:
            collective(*arguments)
            return
        except RuntimeError as error:  # gloo has no class of its own for a lost peer
            cause = RuntimeError(str(error))
        # Outside the handler, since the error's frames hold the group, and with it the connections, open.
        raise self._loss(late=time.monotonic() - began_s >= 0.9 * self._timeout_s) from cause

    def _loss(self, late: bool) -> InputError:
        """What to raise when an exchange failed, after a roll call."""
        self.leave()  # closes the connections, so that whoever waits for this process notices as well
        self._note("lost")
        deadline_s = time.monotonic() + (_ROLL_CALL_S if self.size > 2 else 0)
        notes = self._notes()
        while len(notes) < self.size and time.monotonic() < deadline_s:
            time.sleep(0.05)
            notes = self._notes()
        if "told" in notes.values():
            return ToldElsewhereError("another rank stopped with an error that it tells itself")
        missing = [str(rank) for rank in range(self.size) if notes and rank not in notes]
        who = (
            f"rank{'s' if len(missing) > 1 else ''} {', '.join(missing)} of {self.size}" if missing else "another rank"
        )
        what = (
            f"did not answer within {self._timeout_s:g} s (--collective-timeout-s)"
            if late
            else "ended, or the connection to it broke"
        )
        message = f"{who} {what}; the training stops, --resume continues from its last checkpoint if it has one"
        lower_one_tells = min(notes, default=self.rank) < self.rank
        return ToldElsewhereError(message) if lower_one_tells else LostProcessError(message)

    def _note(self, word: str) -> None:
        with contextlib.suppress(RuntimeError):  # the store may be gone with the process that kept it
            self._store.set(f"left/{self.rank}", word)

    def _notes(self) -> dict[int, str]:
        """Rank → note, of those that left one."""
        keys = {rank: f"left/{rank}" for rank in range(self.size)}
        with contextlib.suppress(RuntimeError):
            return {rank: self._store.get(key).decode() for rank, key in keys.items() if self._store.check([key])}
        return {}


def device_of(world: World, name: str) -> torch.device:
    """The device of this process: each one has its own where there are several and they train on CUDA.

    Args:
        world: this process among the others.
        name: see `resolve_device`.

    Raises:
        InputError: see `resolve_device`; or a machine has more processes than CUDA devices, or one was chosen for all.
    """
    device = resolve_device(name)
    if world.size == 1 or device.type == "cpu":
        return device
    if name not in ("auto", "cuda"):
        raise InputError(f"{world.size} processes cannot share device '{name}'; say cuda, for one each, or cpu")
    here, devices = int(os.environ.get("LOCAL_WORLD_SIZE", world.size)), torch.cuda.device_count()
    if here > devices:
        raise InputError(
            f"{here} processes on this machine need a CUDA device each, it has {devices}; start at most {devices} "
            "(torchrun --nproc-per-node), or train with --device cpu"
        )
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", world.rank)))
