"""Exchanges between the processes of one training, through torch.distributed.

DistributedDataParallel of torch is not used. It would average gradients inside the backward pass, broadcast the running
statistics before every forward pass, and wrap the network, which changes the keys of its `state_dict`. Here one message
a step carries gradients and loss, after the last shard. So two shards give the same bits in one process and in two, and
fused projections run as in a single process, compiled or not.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor
from typing_extensions import override

from nasbench_pytorch import foreach
from nasbench_pytorch.errors import InputError, ToldElsewhereError
from nasbench_pytorch.training.runtime.process_group import ProcessGroup

if TYPE_CHECKING:
    from torch._C._distributed_c10d import Store  # torch.distributed.Store, for type checkers

T = TypeVar("T")

# How long a process that has noticed a lost process waits for the notes of the others.
_ROLL_CALL_S = 2.0


class LostProcessError(InputError):
    """Another process of this training has ended or does not answer; the message names its rank."""


class DistributedProcessGroup(ProcessGroup):
    """The processes of torch.distributed's default group.

    No exchange waits longer than the group's time limit. When an exchange fails, the error names the lost process.

    Args:
        store: key-value store in which processes leave notes for each other, beside the group.
        rank: number of this process.
        size: number of processes.
        timeout_s: time limit of the group.
    """

    def __init__(self, store: Store, rank: int, size: int, timeout_s: float) -> None:
        self.rank, self.size = rank, size
        self._store, self._timeout_s = store, timeout_s

    @override
    def all_reduce_sum(self, tensors: Sequence[Tensor]) -> None:
        flat = torch.cat([tensor.flatten() for tensor in tensors])  # one message for all tensors
        self._exchange(dist.all_reduce, flat)
        parts = torch.split(flat, [tensor.numel() for tensor in tensors])
        shaped = [part.view(tensor.shape) for part, tensor in zip(parts, tensors, strict=True)]
        foreach.copy_(list(tensors), shaped)

    @override
    def broadcast(self, tensors: Sequence[Tensor]) -> None:
        for tensor in tensors:
            self._exchange(dist.broadcast, tensor, 0)

    @override
    def all_reduce_max(self, *values: float) -> tuple[float, ...]:
        maxima = torch.tensor(values, dtype=torch.float64)  # on the CPU, so that no process waits for a device
        self._exchange(dist.all_reduce, maxima, dist.ReduceOp.MAX)
        return tuple(maxima.tolist())

    @override
    def broadcast_object(self, value: T) -> T:
        shared = [value]
        self._exchange(dist.broadcast_object_list, shared, 0)
        return shared[0]

    @override
    @contextlib.contextmanager
    def same_error_everywhere(self) -> Iterator[None]:
        problem: InputError | OSError | None = None
        try:
            yield
        except (LostProcessError, ToldElsewhereError):
            raise
        except (InputError, OSError) as error:
            problem = error
        messages: list[str | None] = [None] * self.size
        self._exchange(dist.all_gather_object, messages, None if problem is None else str(problem))
        errors = [f"rank {rank}: {message}" for rank, message in enumerate(messages) if message is not None]
        if errors and self.rank > 0:
            raise ToldElsewhereError(errors[0]) from problem
        if errors:
            raise problem or InputError(errors[0])

    @override
    def rank_zero_first(self, action: Callable[[], T]) -> T:
        results: list[T] = []
        for turn_of_first in (True, False):
            with self.same_error_everywhere():
                if (self.rank == 0) is turn_of_first:
                    results.append(action())
        return results[0]

    def leave(self, error: BaseException | None = None) -> None:
        """Close the connections; `error` is the exception that ends this process, and that it reports itself."""
        if error is not None and not isinstance(error, LostProcessError | ToldElsewhereError):
            self._write_note("reports")
        if dist.is_initialized():
            dist.destroy_process_group()

    def _exchange(self, collective: Callable[..., object], *arguments: object) -> None:
        began_s = time.monotonic()
        try:
            collective(*arguments)
            return
        except RuntimeError as error:  # gloo has no special class for a lost peer
            cause = RuntimeError(str(error))
        # Raise outside the handler: the error's frames hold the group, and with it the connections, open.
        raise self._loss(late=time.monotonic() - began_s >= 0.9 * self._timeout_s) from cause

    def _loss(self, late: bool) -> InputError:
        """Find out which processes are lost, and return the error of a failed exchange."""
        self.leave()  # closes the connections, so that processes that wait for this one notice as well
        self._write_note("lost")
        notes = self._roll_call()
        if "reports" in notes.values():
            return ToldElsewhereError("another rank stopped with an error that it reports itself")
        missing = [str(rank) for rank in range(self.size) if notes and rank not in notes]
        ranks = f"rank{'s' if len(missing) > 1 else ''} {', '.join(missing)} of {self.size}"
        reason = "ended, or the connection to it broke"
        if late:
            reason = f"did not answer within {self._timeout_s:g} s (--collective-timeout-s)"
        message = (
            f"{ranks if missing else 'another rank'} {reason}; the training stops, --resume continues from its last "
            "checkpoint if it has one"
        )
        lower_rank_reports = min(notes, default=self.rank) < self.rank
        return ToldElsewhereError(message) if lower_rank_reports else LostProcessError(message)

    def _roll_call(self) -> dict[int, str]:
        """Read the notes, and wait a moment for those of other surviving processes."""
        deadline_s = time.monotonic() + (_ROLL_CALL_S if self.size > 2 else 0)
        notes = self._read_notes()
        while len(notes) < self.size and time.monotonic() < deadline_s:
            time.sleep(0.05)
            notes = self._read_notes()
        return notes

    def _write_note(self, word: str) -> None:
        with contextlib.suppress(RuntimeError):  # the store may be gone with the process that hosted it
            self._store.set(f"left/{self.rank}", word)

    def _read_notes(self) -> dict[int, str]:
        """Return the notes by rank; a process without a note is missing."""
        keys = {rank: f"left/{rank}" for rank in range(self.size)}
        with contextlib.suppress(RuntimeError):
            return {rank: self._store.get(key).decode() for rank, key in keys.items() if self._store.check([key])}
        return {}
