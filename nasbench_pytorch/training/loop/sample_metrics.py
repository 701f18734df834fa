"""Metrics of the original on its 100 sample images: logits, loss, gradient norms, activation covariances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - torch's own custom

from nasbench_pytorch.datasets.augmentation import normalise
from nasbench_pytorch.model.network import Network
from nasbench_pytorch.training.task import Task


@dataclass(frozen=True)
class SampleMetrics:
    """Metrics of a network in evaluation mode on n images.

    Attributes:
        logits: [n, labels].
        loss: mean cross-entropy plus the L2 term, as in the original.
        input_grad_norm: [n], norm of the loss's gradient with respect to each image.
        param_norm: parameter name → its norm.
        param_grad_norm: parameter name → norm of the loss's gradient with respect to it.
        covariance: [n, n] after the stem and after each stack: covariance between images over the activation's
            features, divided by the number of features less one.
    """

    logits: Tensor
    loss: float
    input_grad_norm: Tensor
    param_norm: dict[str, float]
    param_grad_norm: dict[str, float]
    covariance: list[Tensor]

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and numbers, for JSON."""
        return {
            "logits": self.logits.tolist(),
            "loss": self.loss,
            "input_grad_norm": self.input_grad_norm.tolist(),
            "param_norm": self.param_norm,
            "param_grad_norm": self.param_grad_norm,
            "covariance": [matrix.tolist() for matrix in self.covariance],
        }


def sample_metrics(
    network: Network,
    images: Float[Tensor, "n channels height width"],
    labels: Int64[Tensor, " n"],
    weight_decay: float = 1e-4,
) -> SampleMetrics:
    """Measure `network` on a few normalised images, in evaluation mode; weights and gradients do not change.

    Source: the PREDICT branch of the original's model function, with known labels.
    """
    was_training = network.training
    network.eval()
    inputs = images.detach().clone().requires_grad_()
    activations = network.features(inputs)
    logits = network.classify(activations[-1])
    names, parameters = zip(*network.named_parameters(), strict=True)
    l2 = 0.5 * weight_decay * torch.stack([p.square().sum() for p in parameters]).sum()
    loss = F.cross_entropy(logits, labels) + l2
    input_gradient, *gradients = torch.autograd.grad(loss, [inputs, *parameters])
    network.train(was_training)
    return SampleMetrics(
        logits=logits.detach(),
        loss=loss.item(),
        input_grad_norm=input_gradient.flatten(1).norm(dim=1),
        param_norm={name: p.detach().norm().item() for name, p in zip(names, parameters, strict=True)},
        param_grad_norm={name: g.norm().item() for name, g in zip(names, gradients, strict=True)},
        covariance=[torch.cov(activation.detach().flatten(1)) for activation in activations],
    )


def measure_sample(network: Network, task: Task) -> SampleMetrics:
    """Measure `network` on the sample images of its task, which lie on the network's device."""
    sample, recipe = task.data.sample, task.recipe
    images = normalise(sample.images, recipe.pixel_mean, recipe.pixel_std)
    return sample_metrics(network, images, sample.labels, recipe.weight_decay)
