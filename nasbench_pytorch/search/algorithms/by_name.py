"""Search algorithms by their names, each imported on its first use."""

from __future__ import annotations

import importlib
import inspect
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError, MissingExtraError
from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
from nasbench_pytorch.suggestions import did_you_mean

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates

ALGORITHMS: dict[str, str] = {
    "random_search": "nasbench_pytorch.search.algorithms.random_search:RandomSearch",
    "regularized_evolution": "nasbench_pytorch.search.algorithms.regularized_evolution:RegularizedEvolution",
    "local_search": "nasbench_pytorch.search.algorithms.local_search:LocalSearch",
    "reinforce": "nasbench_pytorch.search.algorithms.reinforce:Reinforce",
    "successive_halving": "nasbench_pytorch.search.algorithms.successive_halving:SuccessiveHalving",
    "hyperband": "nasbench_pytorch.search.algorithms.hyperband:Hyperband",
    "bananas": "nasbench_pytorch.search.algorithms.bananas:Bananas",
    "npenas": "nasbench_pytorch.search.algorithms.npenas:Npenas",
    "optuna_tpe": "nasbench_pytorch.search.algorithms.optuna_tpe:OptunaTPE",
    "optuna_hyperband": "nasbench_pytorch.search.algorithms.optuna_hyperband:OptunaHyperband",
    "smac": "nasbench_pytorch.search.algorithms.smac:Smac",
}
"""Name → `module:class`."""


def algorithm_class(named: str | type[SearchAlgorithm]) -> type[SearchAlgorithm]:
    """Return the class of a search algorithm.

    Args:
        named: a key of `ALGORITHMS`, `module:class` for one of your own, or the class itself.

    Raises:
        InputError: there is no such algorithm, and the message lists all; or your module or class cannot be used.
        MissingExtraError: the algorithm needs a package that is not installed; the message names its extra.
    """
    if isinstance(named, type) and issubclass(named, SearchAlgorithm):
        return _complete(named)
    if not isinstance(named, str):
        raise InputError(f"an algorithm is a name or a subclass of SearchAlgorithm, got {named!r}")
    source = ALGORITHMS.get(named, named)
    if ":" not in source:
        known = ", ".join(ALGORITHMS)
        raise InputError(
            f"unknown search algorithm '{named}'; there are: {known}, and module:class for one of your own"
            f"{did_you_mean(named, ALGORITHMS)}"
        )
    module, _, name = source.partition(":")
    if not module or not name:
        raise InputError(f"search algorithm '{named}': give module:class, such as mine:Greedy")
    try:
        found = getattr(importlib.import_module(module), name)
    except MissingExtraError:
        raise
    except ModuleNotFoundError as error:
        if named in ALGORITHMS:
            raise
        raise InputError(f"search algorithm '{named}': {error}; its module must be importable from here") from None
    except (AttributeError, ValueError):
        raise InputError(f"search algorithm '{named}': module '{module}' has no '{name}'") from None
    if not (isinstance(found, type) and issubclass(found, SearchAlgorithm)):
        raise InputError(f"search algorithm '{named}': {name} is no subclass of SearchAlgorithm")
    return _complete(found)


def _complete(cls: type[SearchAlgorithm]) -> type[SearchAlgorithm]:
    """Return the class; refuse one without `ask`, or whose `__init__` cannot be called with candidates and seed."""
    if inspect.isabstract(cls):
        raise InputError(f"{cls.__name__} has no ask; a search algorithm needs one: define ask(self)")
    try:
        inspect.signature(cls).bind(None, seed=0)
    except TypeError as error:
        raise InputError(
            f"{cls.__name__}: __init__ must take (self, candidates, *, seed=0) and parameters with defaults; {error}"
        ) from None
    return cls


def make_algorithm(
    named: str | type[SearchAlgorithm], candidates: Candidates, seed: int, settings: Mapping[str, Any]
) -> SearchAlgorithm:
    """Return a new algorithm.

    Args:
        named: see `algorithm_class`.
        candidates: the cells that may be proposed.
        seed: decides everything random.
        settings: its parameters; those left out have their defaults.

    Raises:
        InputError: the algorithm is unknown, has no such parameter (the message lists all), or refuses a value.
    """
    cls = algorithm_class(named)
    check_settings(cls, settings)
    return cls(candidates, seed=seed, **settings)


def check_settings(cls: type[SearchAlgorithm], settings: Mapping[str, Any]) -> None:
    """Refuse parameters that an algorithm does not have, and values of another type than the default's.

    Raises:
        InputError: there is no such parameter, and the message lists all; or a value has another type.
    """
    label = cls.name or cls.__name__
    parameters = inspect.signature(cls).parameters
    known = [name for name in parameters if name not in ("candidates", "seed")]
    for name, value in settings.items():
        if name not in known:
            has = f"its settings are: {', '.join(known)}" if known else "it has none"
            raise InputError(f"{label} has no setting '{name}'; {has}{did_you_mean(name, known)}")
        default = parameters[name].default
        for kind, allowed in _TYPES.items():
            if type(default) is kind and not _has_type(value, kind):
                raise InputError(f"{label}: the setting '{name}' must be {allowed}, such as {default!r}, got {value!r}")


_TYPES: dict[type, str] = {bool: "true or false", int: "a whole number", float: "a finite number", str: "a text"}


def _has_type(value: Any, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
