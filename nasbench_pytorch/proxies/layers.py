"""The layers that proxies of weights look at."""

from __future__ import annotations

from torch import nn


def weighted_layers(network: nn.Module) -> list[nn.Conv2d | nn.Linear]:
    """Return convolutions and linear layers in the order of `modules()`; batch norms do not count."""
    return [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
