"""The settings of a predictor as plain values, and a predictor of such values."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors.boosted_trees import BoostedTrees
from nasbench_pytorch.predictors.ensemble import CrossFittedEnsemble
from nasbench_pytorch.predictors.gaussian_process import GaussianProcess
from nasbench_pytorch.predictors.graph_network import GraphNetwork
from nasbench_pytorch.predictors.path_networks import PathNetworks
from nasbench_pytorch.predictors.random_forest import RandomForest

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.protocol import Predictor

_KINDS = {kind.__name__: kind for kind in (BoostedTrees, RandomForest, GaussianProcess, GraphNetwork, PathNetworks)}
_ENSEMBLE = CrossFittedEnsemble.__name__
_LARGEST = 100_000
"""Largest number of trees, epochs, cells and the like."""
_LARGEST_SEED = (1 << 63) - 1
_NOT_SAVED = ("jobs",)
"""Fields that change no result, and are of the machine."""


def settings_of_predictor(predictor: object) -> dict[str, Any]:
    """Return a predictor's class and the fields that decide what it learns.

    Raises:
        InputError: it is not one of this package's.
    """
    kind = type(predictor).__name__
    if type(predictor) is not (CrossFittedEnsemble if kind == _ENSEMBLE else _KINDS.get(kind)):
        known = ", ".join([*_KINDS, _ENSEMBLE])
        raise InputError(f"a {kind} cannot be saved; predictors of this package can: {known}")
    names = [field.name for field in dataclasses.fields(cast("Any", predictor)) if field.init]
    settings = {name: getattr(predictor, name) for name in names if name not in _NOT_SAVED}
    if isinstance(predictor, CrossFittedEnsemble):
        settings["predictors"] = [settings_of_predictor(member) for member in predictor.predictors]
    return {"kind": kind, **settings}


def predictor_of_settings(settings: object) -> Predictor:
    """Return the unfitted predictor of some settings.

    Raises:
        InputError: the settings are none of `settings_of_predictor`.
    """
    if not isinstance(settings, dict):
        raise InputError("'predictor' must hold settings")
    kind, values = settings.get("kind"), {name: value for name, value in settings.items() if name != "kind"}
    if kind == _ENSEMBLE:
        return _ensemble(values)
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InputError(f"unknown predictor {kind!r}; there are: {', '.join([*_KINDS, _ENSEMBLE])}")
    chosen = _KINDS[kind]
    _check(values, {field.name: field.default for field in dataclasses.fields(chosen) if field.init}, kind)
    return chosen(**values)


def _ensemble(values: dict[str, Any]) -> Predictor:
    members = values.pop("predictors", None)
    if not isinstance(members, list) or not 1 <= len(members) <= 16:
        raise InputError(f"'predictors' of {_ENSEMBLE} must be a list of 1 to 16")
    if any(isinstance(member, dict) and member.get("kind") == _ENSEMBLE for member in members):
        raise InputError("an ensemble within an ensemble cannot be loaded")
    _check(values, {"folds": 5, "seed": 0}, _ENSEMBLE)
    return CrossFittedEnsemble([predictor_of_settings(member) for member in members], **values)


def _check(values: dict[str, Any], defaults: dict[str, Any], kind: str) -> None:
    """Refuse unknown fields, and values that are no number of the default's type."""
    for name, value in values.items():
        if name not in defaults:
            raise InputError(f"{kind} has no setting '{name}'; it has: {', '.join(defaults)}")
        wanted = type(defaults[name])
        largest = _LARGEST_SEED if name == "seed" else _LARGEST
        if type(value) not in (wanted, int) or not 0 <= value <= largest:
            raise InputError(f"{kind}: {name} must be a number of 0 to {largest:,}, got {value!r}")
