"""Search algorithms by their names, each imported on its first use."""

from __future__ import annotations

import importlib
import inspect
import math
import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
from nasbench_pytorch.search.ask_limit import DEFAULT_ASK_LIMIT_S
from nasbench_pytorch.search.users_code import limited, raise_import_error
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


def algorithm_class(named: str | type[SearchAlgorithm], limit_s: float = DEFAULT_ASK_LIMIT_S) -> type[SearchAlgorithm]:
    """Return the class of a search algorithm.

    Args:
        named: a key of `ALGORITHMS`, `module:class` for one of your own, or the class itself.
        limit_s: largest number of seconds that the import of your module may take.

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
    found = getattr(importlib.import_module(module), name) if named in ALGORITHMS else _users(named, limit_s)
    if not (isinstance(found, type) and issubclass(found, SearchAlgorithm)):
        raise InputError(f"search algorithm '{named}': {name} is no subclass of SearchAlgorithm")
    return _complete(found)


def _users(named: str, limit_s: float) -> Any:
    """Return what a user's module has under the name of a class."""
    module, _, name = named.partition(":")
    stem = re.split(r"[/\\]", module)[-1].removesuffix(".py")
    if not all(map(str.isidentifier, (*module.split("."), name))) or module.endswith(".py"):
        example = f"{stem}:{name}" if stem.isidentifier() and name.isidentifier() else "mine:Greedy"
        raise InputError(
            f"search algorithm '{named}': give module:class, such as {example}; the module without folder and .py, and "
            "in the working folder, or installed"
        )
    try:
        with limited(f"search algorithm '{named}': the import of its module has not ended", limit_s):
            imported = importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise InputError(f"search algorithm '{named}': {error}; its module must be importable from here") from error
    except BaseException as error:
        raise_import_error(named, error)
        raise
    if not hasattr(imported, name):
        raise InputError(f"search algorithm '{named}': module '{module}' has no '{name}'")
    return getattr(imported, name)


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


class UnknownSettingError(InputError):
    """Setting that an algorithm does not have; the message lists all."""


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
        UnknownSettingError: there is no such parameter; the message lists all.
        InputError: a value has another type.
    """
    label = cls.name or cls.__name__
    parameters = inspect.signature(cls).parameters
    known = [name for name in parameters if name not in ("candidates", "seed")]
    for name, value in settings.items():
        if name not in known:
            has = f"its settings are: {', '.join(known)}" if known else "it has none"
            raise UnknownSettingError(f"{label} has no setting '{name}'; {has}{did_you_mean(name, known)}")
        default = parameters[name].default
        for kind, allowed in _TYPES.items():
            if type(default) is kind and not _has_type(value, kind):
                raise InputError(f"{label}: the setting '{name}' must be {allowed}, such as {default!r}, got {value!r}")


_TYPES: dict[type, str] = {bool: "true or false", int: "a whole number", float: "a finite number", str: "a text"}


def _has_type(value: Any, kind: type) -> bool:
    if kind is float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return is_number and abs(value) <= sys.float_info.max and not math.isnan(value)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
