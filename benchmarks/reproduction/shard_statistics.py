"""A second set of running statistics, which every shard updates instead of only the first.

The published table's short trainings are evaluated with running statistics that have not settled, so the number of
updates in a step matters. The second set changes no weight: trainings with and without it are equal bit for bit.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from nasbench_pytorch.training.loop.step import Trainer


class BothStatisticsTrainer(Trainer):
    """A Trainer that also keeps the running statistics that every shard would have updated."""

    def __init__(self, *args: Any, **arguments: Any) -> None:
        super().__init__(*args, **arguments)
        self._first = [
            buffer
            for module in self.network.modules()
            if isinstance(module, torch.nn.BatchNorm2d)
            for buffer in (module.running_mean, module.running_var)
        ]
        self._second = [buffer.clone() for buffer in self._first]

    @contextlib.contextmanager
    def _running_statistics(self, update: bool) -> Iterator[None]:
        if not update:
            with self.second_statistics():
                yield
            return
        before = [buffer.clone() for buffer in self._first]
        yield
        # The shard changed the first set from a to b; the second set changes by the same b − decay · a.
        decay = self.recipe.batch_norm_decay
        with torch.no_grad():
            torch._foreach_mul_(self._second, decay)
            torch._foreach_add_(self._second, self._first)
            torch._foreach_add_(self._second, before, alpha=-decay)

    @contextlib.contextmanager
    def second_statistics(self) -> Iterator[None]:
        """Use the second set as the network's running statistics within the block."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def with_statistics(self) -> torch.nn.Module:
        """Return network and second set as one module, whose `state_dict` can be saved and loaded."""
        module = torch.nn.Module()
        module.network = self.network
        for number, buffer in enumerate(self._second):
            module.register_buffer(f"second_{number}", buffer)
        return module

    def _exchange(self) -> None:
        # Through `data`, because a graph that waits for its backward pass holds these buffers without reading them.
        for first, second in zip(self._first, self._second, strict=True):
            kept: Tensor = first.data.clone()
            first.data.copy_(second)
            second.copy_(kept)
