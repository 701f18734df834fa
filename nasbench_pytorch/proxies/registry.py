"""All proxies by name, and a user's own."""

from __future__ import annotations

from collections.abc import Iterable

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.proxies.measures.depth import depth
from nasbench_pytorch.proxies.measures.epe_nas import epe_nas
from nasbench_pytorch.proxies.measures.fisher import fisher
from nasbench_pytorch.proxies.measures.flops import flops
from nasbench_pytorch.proxies.measures.grad_norm import grad_norm
from nasbench_pytorch.proxies.measures.grasp import grasp
from nasbench_pytorch.proxies.measures.jacov import jacov
from nasbench_pytorch.proxies.measures.l2_norm import l2_norm
from nasbench_pytorch.proxies.measures.meco import meco
from nasbench_pytorch.proxies.measures.nwot import nwot
from nasbench_pytorch.proxies.measures.operation_counts import conv1x1, conv3x3, edges, maxpool3x3, vertices
from nasbench_pytorch.proxies.measures.params import params
from nasbench_pytorch.proxies.measures.plain import plain
from nasbench_pytorch.proxies.measures.snip import snip
from nasbench_pytorch.proxies.measures.swap import swap
from nasbench_pytorch.proxies.measures.synflow import synflow
from nasbench_pytorch.proxies.measures.zen import zen
from nasbench_pytorch.proxies.measures.zico import zico
from nasbench_pytorch.proxies.proxy import Proxy, UserProxy, proxy_of_cell, proxy_of_function
from nasbench_pytorch.suggestions import unknown_name

BASELINES = ("params", "flops", "conv3x3")
"""Counts that every evaluation shows beside the proxies."""

PROXIES: dict[str, Proxy] = {
    proxy.name: proxy
    for proxy in (
        *(
            proxy_of_cell(function.__name__, function)
            for function in (params, flops, conv3x3, conv1x1, maxpool3x3, edges, vertices, depth)
        ),
        Proxy("grad_norm", grad_norm, records=("gradients",)),
        Proxy("snip", snip, records=("gradients",)),
        Proxy("grasp", grasp),
        Proxy("fisher", fisher, records=("fisher",)),
        Proxy("plain", plain, records=("gradients",)),
        Proxy("synflow", synflow, uses_images=False),
        Proxy("jacov", jacov, records=("jacobian",), smallest_batch=2),
        Proxy("epe_nas", epe_nas, records=("jacobian",), smallest_batch=2, needs_class_pair=True),
        Proxy("nwot", nwot, records=("agreements",)),
        Proxy("zen", zen, uses_images=False),
        Proxy("zico", zico, smallest_batch=2),
        Proxy("l2_norm", l2_norm, uses_images=False),
        Proxy("meco", meco, uses_images=False),
        Proxy("swap", swap, records=("patterns",)),
    )
}
"""All proxies by name."""


def register_proxy(name: str, function: UserProxy) -> None:
    """Add a proxy to `PROXIES`.

    Args:
        name: a name in letters, digits and underscores; it becomes a column of score files.
        function: from a network in training mode, a copy that may be changed, and a batch to a number. Scoring in
            several processes needs a function of a module that they can import.

    Raises:
        InputError: the name is taken, or has other characters.
    """
    if not name.isidentifier():
        raise InputError(f"'{name}' cannot name a proxy; use letters, digits and underscores")
    if name in PROXIES:
        raise InputError(f"a proxy '{name}' exists already; choose another name")
    PROXIES[name] = proxy_of_function(name, function)


def find_proxies(names: Iterable[str]) -> list[Proxy]:
    """Return the proxies that have these names, each once, in their order.

    Raises:
        InputError: a name is unknown; the message lists the known ones.
    """
    found: dict[str, Proxy] = {}
    for name in names:
        if name not in PROXIES:
            raise unknown_name("proxy", name, PROXIES)
        found[name] = PROXIES[name]
    if not found:
        raise InputError(f"no proxy was named; there are: {', '.join(PROXIES)}")
    return list(found.values())
