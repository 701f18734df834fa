"""A training step computed with one copy of the network for each batch-norm shard."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F  # noqa: N812 - torch's own custom

from tests.golden.goldens import batch, l2_term

if TYPE_CHECKING:
    from nasbench_pytorch.model import Network


def replicas_step(network: Network, shards: int) -> tuple[float, list[torch.Tensor], Network]:
    """Return loss and gradients averaged over one copy of `network` for each shard, and the first copy."""
    images, labels = batch(0, device=next(network.parameters()).device)
    losses, gradients, copies = [], [], []
    for part, targets in zip(images.chunk(shards), labels.chunk(shards), strict=True):
        replica = copy.deepcopy(network).train()
        loss = F.cross_entropy(replica(part), targets) + l2_term(replica)
        gradients.append(torch.autograd.grad(loss, list(replica.parameters())))
        losses.append(loss.item())
        copies.append(replica)
    averaged = [torch.stack(parts).mean(0) for parts in zip(*gradients, strict=True)]
    return sum(losses) / shards, averaged, copies[0]
