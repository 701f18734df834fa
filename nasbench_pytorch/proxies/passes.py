"""What the proxies of one network share: copies of the network, and one forward and backward pass."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING

import torch
from torch import nn

from nasbench_pytorch.proxies.loss_pass import LossPass, Record, run_loss_pass

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.batch import Batch


class Passes:
    """A network and a batch, as a proxy sees them.

    Proxies work on copies, so the network keeps its weights, statistics, gradients, hooks and mode.

    Args:
        network: the network; any torch module whose output is [batch, labels].
        batch: the batch, on any device; it is moved to the network's device and dtype.
        records: what the shared pass is to record.

    Attributes:
        network: the network itself, which must not be changed.
        batch: the batch on the network's device.
    """

    def __init__(self, network: nn.Module, batch: Batch, records: Iterable[Record] = ()) -> None:
        weight = next(network.parameters())
        self.network = network
        self.batch = batch.to(weight.device, weight.dtype)
        self._records = frozenset(records)

    def copy(self, dtype: torch.dtype | None = None) -> nn.Module:
        """Return a copy of the network in training mode, without gradients, whose parameters all get gradients.

        Args:
            dtype: dtype of the copy; the network's if None.
        """
        duplicate = copy.deepcopy(self.network).train()
        for parameter in duplicate.parameters():
            parameter.grad = None
            parameter.requires_grad_(True)
        return duplicate if dtype is None else duplicate.to(dtype)

    @functools.cached_property
    def loss(self) -> LossPass:
        """The shared pass: the cross-entropy of the batch, forward and, where a record needs it, backward."""
        return run_loss_pass(self.copy(), self.batch, self._records)
