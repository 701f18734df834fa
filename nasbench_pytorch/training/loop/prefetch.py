"""Preparation of the next batch during the current step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

import torch
from torch import Tensor

from nasbench_pytorch.datasets.batches import TrainingBatches

Batch = tuple[Tensor, Tensor]
BatchSource = Callable[[int, int, bool], Batch]
"""Function that returns the batch of (segment, step); the third argument says whether the segment has a next step."""

Pending = TypeVar("Pending")


@contextlib.contextmanager
def batch_source(batches: TrainingBatches, *, ahead: bool) -> Iterator[BatchSource]:
    """Provide the batches of a training within the block; `ahead` does not change them.

    Args:
        batches: stream to take them from.
        ahead: during a step, prepare the next batch of its segment: in a thread on a CPU, or on a second stream of a
            CUDA device, where the host already runs ahead. The thread ends with the block, also after an error.
    """
    device = batches.images.images.device
    if not ahead:
        yield lambda segment, step, more: batches.batch(segment, step)
    elif device.type == "cuda":
        stream: torch.cuda.Stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream(device))
        yield _OneAhead(_on_stream(stream, batches), _from_stream(stream, device))
    else:
        with ThreadPoolExecutor(1, thread_name_prefix="batches") as thread:
            yield _OneAhead(lambda segment, step: thread.submit(batches.batch, segment, step), lambda f: f.result())


class _OneAhead(Generic[Pending]):
    """Batch source with one slot for the batch that will probably be requested next.

    Args:
        begin: starts the preparation of a batch.
        finish: returns the batch whose preparation was started.
    """

    def __init__(self, begin: Callable[[int, int], Pending], finish: Callable[[Pending], Batch]) -> None:
        self._begin, self._finish = begin, finish
        self._slot: tuple[tuple[int, int], Pending] | None = None

    def __call__(self, segment: int, step: int, more: bool) -> Batch:
        if self._slot is not None and self._slot[0] == (segment, step):
            pending = self._slot[1]
        else:
            pending = self._begin(segment, step)
        self._slot = None
        batch = self._finish(pending)
        if more:
            self._slot = ((segment, step + 1), self._begin(segment, step + 1))
        return batch


def _on_stream(stream: torch.cuda.Stream, batches: TrainingBatches) -> Callable[[int, int], Batch]:
    def begin(segment: int, step: int) -> Batch:
        with torch.cuda.stream(stream):
            return batches.batch(segment, step)

    return begin


def _from_stream(stream: torch.cuda.Stream, device: torch.device) -> Callable[[Batch], Batch]:
    def finish(batch: Batch) -> Batch:
        current = torch.cuda.current_stream(device)
        current.wait_stream(stream)
        for tensor in batch:
            tensor.record_stream(current)  # keeps its memory from being reused while a step reads it
        return batch

    return finish
