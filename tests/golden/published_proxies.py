"""Ten zero-cost proxies, written as published code handles networks: layers hooked, replaced and rewired from outside.

They take any torch network. `make_legacy_proxies.py` runs them on networks of nasbench-pytorch 1.3.1, and
`tests/model/test_guests.py` on this version's with the same weights. Definitions: Abdelfattah et al. 2021
(arXiv 2101.08134), Mellor et al. 2021 (2006.04647), Lopes et al. 2021 (2102.08099).
"""

from __future__ import annotations

import copy
import types
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's convention

Proxy = Callable[[nn.Module, Tensor, Tensor], float]


def layers_with_weights(network: nn.Module) -> list[nn.Module]:
    return [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]


def _weight_gradients(network: nn.Module, images: Tensor, labels: Tensor) -> list[tuple[Tensor, Tensor]]:
    F.cross_entropy(network(images), labels).backward()
    return [(layer.weight, layer.weight.grad) for layer in layers_with_weights(network)]


def grad_norm(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    return sum(gradient.norm().item() for _, gradient in _weight_gradients(network, images, labels))


def plain(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    return sum((weight * gradient).sum().item() for weight, gradient in _weight_gradients(network, images, labels))


def l2_norm(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    return sum(layer.weight.norm().item() for layer in layers_with_weights(network))


def _masked_conv(self: nn.Conv2d, x: Tensor) -> Tensor:
    return F.conv2d(x, self.weight * self.weight_mask, self.bias, self.stride, self.padding)


def _masked_linear(self: nn.Linear, x: Tensor) -> Tensor:
    return F.linear(x, self.weight * self.weight_mask, self.bias)


def snip(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Give every layer a mask of ones and another `forward`."""
    layers = layers_with_weights(network)
    for layer in layers:
        layer.weight_mask = nn.Parameter(torch.ones_like(layer.weight))
        forward = _masked_conv if isinstance(layer, nn.Conv2d) else _masked_linear
        layer.forward = types.MethodType(forward, layer)
    F.cross_entropy(network(images), labels).backward()
    return sum(layer.weight_mask.grad.abs().sum().item() for layer in layers)


def _conv_with_activation(self: nn.Conv2d, x: Tensor) -> Tensor:
    return self.dummy(F.conv2d(x, self.weight, self.bias, self.stride, self.padding))


def _linear_with_activation(self: nn.Linear, x: Tensor) -> Tensor:
    return self.dummy(F.linear(x, self.weight, self.bias))


def fisher(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Add an identity behind every layer, with a forward and a backward hook on it."""
    activations: dict[nn.Module, Tensor] = {}
    total = 0.0

    def keep(module: nn.Module, _: object, output: Tensor) -> None:
        activations[module] = output

    def add(module: nn.Module, _: object, gradients: tuple[Tensor, ...]) -> None:
        nonlocal total
        product = activations[module] * gradients[0]
        product = product.sum(dim=(2, 3)) if product.ndim == 4 else product
        total += 0.5 * product.square().mean(dim=0).sum().item()

    for layer in layers_with_weights(network):
        layer.dummy = nn.Identity()
        forward = _conv_with_activation if isinstance(layer, nn.Conv2d) else _linear_with_activation
        layer.forward = types.MethodType(forward, layer)
        layer.dummy.register_forward_hook(keep)
        layer.dummy.register_full_backward_hook(add)
    F.cross_entropy(network(images), labels).backward()
    return total


def synflow(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Take absolute weights, make batch norms the identity, and feed ones."""
    with torch.no_grad():
        for tensor in network.state_dict().values():
            tensor.abs_()
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.forward = types.MethodType(lambda self, x: x, layer)
    network(torch.ones_like(images[:1])).sum().backward()
    scores = [(layer.weight * layer.weight.grad).abs().sum().item() for layer in layers_with_weights(network)]
    return float(np.log(sum(scores)))


def grasp(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Sum the absolute products, since the signed ones nearly cancel in front of a batch norm."""
    weights = [layer.weight for layer in layers_with_weights(network)]
    first = torch.autograd.grad(F.cross_entropy(network(images), labels), weights)
    second = torch.autograd.grad(F.cross_entropy(network(images), labels), weights, create_graph=True)
    sum((a.detach() * b).sum() for a, b in zip(first, second, strict=True)).backward()
    return -sum((weight * weight.grad).abs().sum().item() for weight in weights)


def _jacobian(network: nn.Module, images: Tensor) -> Tensor:
    inputs = images.clone().requires_grad_()
    network(inputs).backward(torch.ones(len(images), 10, dtype=images.dtype))
    return inputs.grad.reshape(len(images), -1).detach()


def jacov(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    values = np.linalg.eigvalsh(np.corrcoef(_jacobian(network, images).numpy()))
    return float(-np.sum(np.log(values + 1e-5) + 1 / (values + 1e-5)))


def epe_nas(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    jacobian = _jacobian(network, images).numpy()
    total = 0.0
    for label in np.unique(labels.numpy()):
        rows = jacobian[labels.numpy() == label]
        if len(rows) > 1:
            total += abs(np.log(np.abs(np.corrcoef(rows)) + 1e-5).sum())
    return float(total)


def nwot(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Find activations by the name of their class, and flatten what they return."""
    kernel = np.zeros((len(images), len(images)))

    def add(_: nn.Module, __: object, output: Tensor) -> None:
        signs = (output.view(len(images), -1) > 0).double()
        kernel[:] += (signs @ signs.T + (1 - signs) @ (1 - signs.T)).numpy()

    for layer in network.modules():
        if "ReLU" in str(type(layer)):
            layer.register_forward_hook(add)
    network(images)
    return float(np.linalg.slogdet(kernel)[1])


PROXIES: dict[str, Proxy] = {
    "grad_norm": grad_norm,
    "plain": plain,
    "l2_norm": l2_norm,
    "snip": snip,
    "fisher": fisher,
    "synflow": synflow,
    "grasp": grasp,
    "jacov": jacov,
    "epe_nas": epe_nas,
    "nwot": nwot,
}


def measure(network: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    """Run every proxy on its own copy of a network, in training mode."""
    return {name: proxy(copy.deepcopy(network).train(), images, labels) for name, proxy in PROXIES.items()}


def inputs() -> tuple[Tensor, Tensor]:
    """Return 12 images and labels; every label occurs at least twice among some of them."""
    grid = torch.arange(12 * 3 * 16 * 16, dtype=torch.float64)
    images = (torch.sin(grid * 0.37) + torch.cos(grid * grid * 1e-4)).reshape(12, 3, 16, 16)
    return images, torch.arange(12) % 5
