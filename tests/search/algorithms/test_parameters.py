"""Parameters of the algorithms."""

from __future__ import annotations

import inspect

import pytest

from nasbench_pytorch.search.algorithms.by_name import ALGORITHMS, algorithm_class


@pytest.mark.parametrize("name", ALGORITHMS)
def test_parameters_are_keywords_with_defaults(name: str) -> None:
    for library in ("optuna", "smac"):
        if name.startswith(library):
            pytest.importorskip(library)
    candidates, seed, *others = inspect.signature(algorithm_class(name)).parameters.values()
    assert (candidates.name, seed.name) == ("candidates", "seed")
    for parameter in (seed, *others):
        assert parameter.kind is parameter.KEYWORD_ONLY
        assert parameter.default is not parameter.empty
