"""Protocols of a user's own: which rules go together, and that each does what it says."""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import PROTOCOLS, Budget, Protocol, run_search, table_objective
from nasbench_pytorch.search.protocols import find_protocol
from nasbench_pytorch.table import NASBench

RULES = {
    "searched": ("validation", "test"),
    "repeats": ("random", "mean"),
    "charged": ("drawn", "mean", "sum"),
    "incumbent": ("any_budget", "full_budget", "largest_budget_so_far"),
    "reported": ("mean_test", "drawn_test"),
}


def test_a_protocol_is_refused_only_if_it_needs_a_drawn_repeat_and_draws_none() -> None:
    for values in itertools.product(*RULES.values()):
        rules: dict[str, Any] = dict(zip(RULES, values, strict=True))
        needs_a_draw = rules["charged"] == "drawn" or rules["reported"] == "drawn_test"
        if rules["repeats"] == "mean" and needs_a_draw:
            with pytest.raises(
                InputError, match=r"protocol paper: .* needs a drawn repeat, and repeats='mean' draws none"
            ):
                dataclasses.replace(PROTOCOLS["paper"], **rules)
        else:
            assert dataclasses.replace(PROTOCOLS["paper"], **rules).rules == rules


@pytest.mark.parametrize("charged", ["drawn", "mean", "sum"])
def test_a_drawn_repeat_costs_what_the_protocol_says(charged: Any) -> None:
    table = NASBench("mini").table
    protocol = dataclasses.replace(PROTOCOLS["paper"], charged=charged)
    candidates, objective = table_objective(table, protocol, (12,))
    drawn = table_objective(table, PROTOCOLS["paper"], (12,))[1]
    np.testing.assert_array_equal(objective.values, drawn.values)
    several = 0
    for position in candidates.positions.tolist():
        count = int(drawn.counts[position, 0])
        several += count > 1
        costs_s = drawn.costs_s[position, 0, :count]
        expected = {"drawn": costs_s, "mean": costs_s.mean(), "sum": costs_s.sum()}[charged]
        np.testing.assert_allclose(objective.costs_s[position, 0, :count], expected, rtol=1e-12)
    assert several > 10


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"searched": "train"}, "searched must be one of validation, test, got 'train'"),
        ({"repeats": None}, "repeats must be one of random, mean, got None"),
        ({"charged": ["sum"]}, "charged must be one of drawn, mean, sum"),
        ({"incumbent": "foo"}, "incumbent must be one of any_budget, full_budget, largest_budget_so_far, got 'foo'"),
        ({"reported": 1}, "reported must be one of mean_test, drawn_test, got 1"),
        ({"budget": 5}, "budget must be a Budget, got 5"),
        ({"runs": 0}, "runs must be at least 1"),
        ({"runs": 2.5}, "runs must be a whole number"),
        ({"deduplicate": "yes"}, "deduplicate must be True or False"),
        ({"source": None}, "source must be a text"),
        *[({"name": name}, "name must have 1 to 60 letters") for name in ("", "../up", "a\nb", "<b>", "x" * 61, 3)],
    ],
)
def test_a_field_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        dataclasses.replace(PROTOCOLS["paper"], **changes)


def test_a_protocol_of_ones_own_is_used() -> None:
    mine = Protocol("my own", repeats="random", charged="sum", budget=Budget(evaluations=4), runs=2, source="here")
    found = run_search("random_search", table="mini", settings={"epochs": 12}, protocol=mine)
    assert found.about["protocol"] == "my own" and found.about["rules"]["charged"] == "sum"
    assert [len(history) for history in found.runs.values()] == [4, 4]
    with pytest.raises(InputError, match="unknown protocol 'None'"):
        find_protocol(None)  # type: ignore[arg-type]
