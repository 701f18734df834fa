"""Without an optional library, its algorithms and adapters say which extra installs it."""

from __future__ import annotations

import importlib
import sys

import pytest

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.search.algorithms.by_name import algorithm_class

PREFIX = "nasbench_pytorch.search."


@pytest.mark.parametrize(
    ("library", "algorithm", "extra"),
    [
        ("optuna", "optuna_tpe", "optuna"),
        ("optuna", "optuna_hyperband", "optuna"),
        ("smac", "smac", "smac"),
        ("ConfigSpace", "smac", "smac"),
    ],
)
def test_an_algorithm_names_the_extra_of_its_library(
    library: str, algorithm: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    for module in (
        "optuna_study",
        "configspace",
        "algorithms.optuna_tpe",
        "algorithms.optuna_hyperband",
        "algorithms.smac",
    ):
        monkeypatch.delitem(sys.modules, PREFIX + module, raising=False)
    with pytest.raises(MissingExtraError, match=rf"pip install 'nasbench-pytorch\[{extra}\]'"):
        algorithm_class(algorithm)


@pytest.mark.parametrize(
    ("library", "module", "extra"),
    [("optuna", "adapters.optunahub_problem", "optuna"), ("ConfigSpace", "configspace", "smac")],
)
def test_an_adapter_names_the_extra_of_its_library(
    library: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    for loaded in ("optuna_study", "adapters.optuna_functions", module):
        monkeypatch.delitem(sys.modules, PREFIX + loaded, raising=False)
    with pytest.raises(MissingExtraError, match=rf"pip install 'nasbench-pytorch\[{extra}\]'"):
        importlib.import_module(PREFIX + module)
