"""Compare logits, losses and gradients of a golden cell's network with the original's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F  # noqa: N812 - torch's convention

from tests.golden.errors import Error, array_error, digest_errors
from tests.golden.goldens import Array, GoldenCell, batch, l2_term
from tests.golden.runs import by_name

if TYPE_CHECKING:
    from nasbench_pytorch.model import Network


def logits_and_loss(network: Network, train: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Return logits and loss on the extra batch; the loss is cross-entropy plus L2 term in both modes."""
    weight = next(network.parameters())
    images, labels = batch(None, weight.dtype, weight.device)
    logits = network.train(train)(images)
    return logits.detach(), F.cross_entropy(logits, labels) + l2_term(network)


def gradients(network: Network) -> dict[str, Array]:
    """Compute the gradients of the training loss with autograd alone, in TensorFlow's names and layout."""
    network.zero_grad()
    logits_and_loss(network, train=True)[1].backward()
    return by_name(network, lambda parameter: parameter.grad)


def forward_errors(cell: GoldenCell, state: str, network: Network | None = None) -> list[Error]:
    """Compare, in float64, logits and losses of both modes and the gradient of every variable."""
    network = network or cell.build(state)
    errors = []
    for mode in ("eval", "train"):
        logits, loss = logits_and_loss(network, mode == "train")
        prefix = f"f64_{state}_{mode}"
        errors.append(array_error(f"{mode} logits", logits.cpu().numpy(), cell.arrays[f"{prefix}_logits"], 1e-9))
        errors.append(array_error(f"{mode} loss", loss.item(), cell.arrays[f"{prefix}_loss"], 1e-9))
    return errors + digest_errors("gradient", gradients(network), cell.arrays[f"f64_{state}_grad_digest"], 1e-9)
