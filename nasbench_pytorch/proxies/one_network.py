"""Scores of one network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import torch
from torch import nn

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.proxies.passes import Passes
from nasbench_pytorch.proxies.proxy import Proxy, UserProxy, proxy_of_function
from nasbench_pytorch.proxies.registry import find_proxies

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.batch import Batch

NamedProxies = Iterable[str] | Mapping[str, UserProxy | Proxy]
"""Names of proxies, or name → the user's function."""


def score_network(network: nn.Module, batch: Batch, proxies: NamedProxies) -> dict[str, float]:
    """Score a network; proxies that need the same pass share it.

    Every proxy works on copies. Weights, statistics, gradients, hooks, modes and random generators are as before when
    the function returns or raises.

    Args:
        network: this package's network, or any torch module whose output is [batch, labels].
        batch: images, labels and the seed of what proxies draw.
        proxies: names of `PROXIES`, or a dictionary of functions of (network, batch).

    Returns:
        The value of each proxy. A value that is not finite is returned as it is.

    Raises:
        InputError: a proxy is unknown, the batch is too small for it, or the network has no parameters.
    """
    return measure(network, batch, resolve_proxies(proxies))


def resolve_proxies(proxies: NamedProxies) -> list[Proxy]:
    """Return the proxies for names, or for functions by name.

    Raises:
        InputError: a name is unknown.
    """
    if isinstance(proxies, Mapping):
        return [
            function if isinstance(function, Proxy) else proxy_of_function(name, function)
            for name, function in proxies.items()
        ]
    return find_proxies([proxies] if isinstance(proxies, str) else proxies)


def measure(network: nn.Module, batch: Batch, proxies: Iterable[Proxy]) -> dict[str, float]:
    """Score a network with resolved proxies; see `score_network`."""
    proxies = list(proxies)
    for proxy in proxies:
        proxy.check(batch)
    weight = next(network.parameters(), None)
    if weight is None:
        raise InputError("the network has no parameters, so there is nothing to score")
    passes = Passes(network, batch, {record for proxy in proxies for record in proxy.records})
    devices = [weight.device] if weight.is_cuda else []
    with torch.random.fork_rng(devices), torch.enable_grad():
        # Layers that draw numbers themselves, such as dropout, give the same values every time.
        torch.manual_seed(batch.seed)
        return {proxy.name: proxy.measure(passes) for proxy in proxies}
