"""A second set of running statistics beside a training's own, moved by every shard instead of only the first.

The published table's short trainings are evaluated with running statistics that have not settled, so it matters how
many updates a step makes. The second set changes no weight: a training with it is, bit for bit, the training without.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from nasbench_pytorch.training.loop.step import Trainer


class BothStatisticsTrainer(Trainer):
    """A Trainer that also keeps the running statistics as they would be if every shard updated them."""

    def __init__(self, *args: Any, **arguments: Any) -> None:
        super().__init__(*args, **arguments)
        self._own = [
            buffer
            for module in self.network.modules()
            if isinstance(module, torch.nn.BatchNorm2d)
            for buffer in (module.running_mean, module.running_var)
        ]
        self._second = [buffer.clone() for buffer in self._own]

    @contextlib.contextmanager
    def _running_statistics(self, update: bool) -> Iterator[None]:
        if not update:
            with self.second_statistics():
                yield
            return
        before = [buffer.clone() for buffer in self._own]
        yield
        # What the shard moved its own set by, b − decay · a, moves the second set alike.
        decay = self.recipe.batch_norm_decay
        with torch.no_grad():
            torch._foreach_mul_(self._second, decay)
            torch._foreach_add_(self._second, self._own)
            torch._foreach_add_(self._second, before, alpha=-decay)

    @contextlib.contextmanager
    def second_statistics(self) -> Iterator[None]:
        """Within the block the network's running statistics are the second set."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def with_statistics(self) -> torch.nn.Module:
        """The network and the second set in one module, whose `state_dict` can be saved and put back."""
        module = torch.nn.Module()
        module.network = self.network
        for number, buffer in enumerate(self._second):
            module.register_buffer(f"second_{number}", buffer)
        return module

    def _exchange(self) -> None:
        # Through `data`: a graph that waits for its backward pass holds these buffers, and does not read them.
        for own, second in zip(self._own, self._second, strict=True):
            kept: Tensor = own.data.clone()
            own.data.copy_(second)
            second.copy_(kept)
