"""One forward and backward pass of the loss, from which many proxies read."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's convention

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.proxies.layers import weighted_layers

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.batch import Batch

Record = Literal["gradients", "fisher", "jacobian", "agreements", "patterns"]
"""gradients: of the weights. fisher: per layer. jacobian: of the summed logits by the images. agreements: of the signs
of ReLUs between images. patterns: of the signs over the first images."""

PATTERN_IMAGES = 16
"""Images over which an activation's pattern is taken: the first ones of the batch."""


@dataclass
class LossPass:
    """What a pass has recorded; what was not asked for is empty.

    Attributes:
        weights: weights of the convolutions and linear layers.
        gradients: gradient of the mean cross-entropy by each of these weights.
        fisher: for each of these layers, the sum over its channels of ½ · mean over images of (Σ activation ·
            gradient)², times the number of weights of a channel.
        jacobian: gradient of the sum of all logits by the images, one row an image.
        agreements: number of ReLUs whose signs agree, for each pair of images.
        patterns: for each ReLU layer, the different sign patterns over the first images, as bits.
    """

    weights: list[Tensor] = field(default_factory=list)
    gradients: list[Tensor] = field(default_factory=list)
    fisher: list[float] = field(default_factory=list)
    jacobian: Float[Tensor, "batch pixels"] | None = None
    agreements: Float[Tensor, "batch batch"] | None = None
    patterns: list[Int64[Tensor, " patterns"]] = field(default_factory=list)


def run_loss_pass(network: nn.Module, batch: Batch, records: Set[Record]) -> LossPass:
    """Run a network on a batch and record what is asked for; one forward pass serves all.

    Args:
        network: a copy that may be changed, in the mode in which it is to run.
        batch: on the network's device and in its dtype.
        records: what to record; without gradients, fisher and jacobian there is no backward pass.
    """
    result = LossPass()
    layers = weighted_layers(network)
    fishers: list[_Fisher] = []
    if records & {"agreements", "patterns"}:
        look = _look_at_signs(result, records, len(batch))
        for layer in network.modules():
            if "ReLU" in type(layer).__name__:
                layer.register_forward_hook(look)
    if "fisher" in records:
        fishers = [_Fisher(layer) for layer in layers]
    backward = records & {"gradients", "fisher"}
    # A leaf of its own: the caller's images get no gradient.
    images = batch.images.detach().clone().requires_grad_("jacobian" in records)
    with torch.set_grad_enabled(bool(backward) or "jacobian" in records):
        logits = network(images)
    if "jacobian" in records:
        (jacobian,) = torch.autograd.grad(logits.sum(), images, retain_graph=bool(backward))
        result.jacobian = jacobian.flatten(1)
    if backward:
        weights = [layer.weight for layer in layers]
        for fisher in fishers:
            fisher.active = True
        loss = mean_cross_entropy(logits, batch.labels)
        result.gradients = list(torch.autograd.grad(loss, weights, materialize_grads=True))
        result.weights = [weight.detach() for weight in weights]
        result.fisher = [fisher.total for fisher in fishers]
    return result


def mean_cross_entropy(logits: Float[Tensor, "batch labels"], labels: Int64[Tensor, " batch"]) -> Float[Tensor, ""]:
    """Return the mean cross-entropy.

    Raises:
        InputError: a label is out of the network's range.
    """
    largest = int(labels.max())
    if largest >= logits.shape[1]:
        raise InputError(
            f"the loss needs a logit for each label: the batch has labels up to {largest}, and the network has "
            f"{logits.shape[1]} logits; build it with num_labels={largest + 1} or leave out proxies of the loss"
        )
    return F.cross_entropy(logits, labels)


def different(values: Int64[Tensor, " values"]) -> Int64[Tensor, " different"]:
    """Return each value once, ascending."""
    result: Tensor = torch.unique(values)
    return result


class _Fisher:
    """Fisher information of a layer's channels, from the activation and its gradient."""

    def __init__(self, layer: nn.Conv2d | nn.Linear) -> None:
        self.total = 0.0
        self.active = False  # the backward pass of the Jacobian comes first, and is not the loss's
        self._weights_of_a_channel = layer.weight[0].numel()
        layer.register_forward_hook(self._forward)

    def _forward(self, _: nn.Module, __: object, output: Tensor) -> None:
        if output.requires_grad:
            activation = output.detach()
            output.register_hook(lambda gradient: self._add(activation, gradient))  # type: ignore[no-untyped-call]

    def _add(self, activation: Tensor, gradient: Tensor) -> None:
        if self.active:
            product = activation * gradient
            channels = product.sum(dim=(2, 3), dtype=torch.float64) if product.ndim == 4 else product.double()
            self.total += 0.5 * channels.square().mean(dim=0).sum().item() * self._weights_of_a_channel


def _look_at_signs(result: LossPass, records: Set[Record], images: int) -> Callable[[nn.Module, object, Tensor], None]:
    """Return a hook for ReLUs. A ReLU's output is positive where its input is, so an in-place ReLU will do."""

    def look(layer: nn.Module, _: object, output: Tensor) -> None:
        del layer
        signs = (output.detach() > 0).flatten(1)
        if "agreements" in records:
            if result.agreements is None:
                result.agreements = torch.zeros(images, images, dtype=torch.float64, device=signs.device)
            # xxᵀ + (1 − x)(1 − x)ᵀ with one product. The counts are below 2²⁴, so float32 is exact.
            positive = signs.float()
            count = positive.sum(dim=1)
            agreeing = 2 * (positive @ positive.T) - count[:, None] - count[None, :] + positive.shape[1]
            result.agreements += agreeing
        if "patterns" in records:
            first = signs[:PATTERN_IMAGES].long()
            powers = 2 ** torch.arange(len(first), device=first.device)
            result.patterns.append(different((first * powers[:, None]).sum(dim=0)))

    return look
