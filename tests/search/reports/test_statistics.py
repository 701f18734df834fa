"""Incumbents, curves, intervals and tests: against plain loops, formulas and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.search import History
from nasbench_pytorch.search.reports.curves import curve_of, fixed_costs, shown_costs
from nasbench_pytorch.search.reports.final_regret import final_regret, holm, pairwise_tests
from nasbench_pytorch.search.reports.incumbents import cost_so_far, incumbent_of_each, incumbents_at


def history(values: list[float], epochs: list[int], costs: list[float]) -> History:
    count = len(values)
    return History(
        np.arange(count, dtype=np.int32),
        np.array(epochs, np.int16),
        np.zeros(count, np.int8),
        np.array(values),
        np.array(costs),
        np.zeros(count, np.bool_),
        count,
        0,
        0,
        "budget",
    )


@st.composite
def histories(draw: st.DrawFn) -> History:
    count = draw(st.integers(0, 12))
    values = draw(st.lists(st.sampled_from([0.1, 0.5, 0.9, 0.95]), min_size=count, max_size=count))
    epochs = draw(st.lists(st.sampled_from([4, 36, 108]), min_size=count, max_size=count))
    costs = draw(st.lists(st.floats(0.5, 100), min_size=count, max_size=count))
    return history(values, epochs, costs)


@given(
    histories(),
    st.sampled_from(["any_budget", "full_budget", "largest_budget_so_far"]),
    st.lists(st.floats(0, 1000), min_size=1, max_size=5),
)
@settings(max_examples=90)
def test_incumbents_are_those_of_a_plain_loop(run: History, rule: str, at: list[float]) -> None:
    best, expected = -1, []
    for number in range(len(run)):
        counts = rule != "full_budget" or run.epochs[number] == 108
        larger = rule == "largest_budget_so_far" and run.epochs[number] > run.epochs[best]
        smaller = rule == "largest_budget_so_far" and run.epochs[number] < run.epochs[best]
        if counts and (best < 0 or larger or (not smaller and run.values[number] > run.values[best])):
            best = number
        expected.append(best)
    incumbents = incumbent_of_each(run, rule, 108)  # type: ignore[arg-type]
    assert incumbents.tolist() == expected
    costs = np.array(sorted(at))
    found = incumbents_at(run, incumbents, "seconds", costs)
    for cost, place in zip(costs, found.tolist(), strict=True):
        done = int((np.cumsum(run.costs_s) <= cost).sum())
        assert place == (expected[done - 1] if done else -1)


def test_costs_count_seconds_evaluations_or_epochs() -> None:
    run = history([0.5, 0.6], [4, 108], [3.0, 5.0])
    assert cost_so_far(run, "seconds").tolist() == [3, 8]
    assert cost_so_far(run, "evaluations").tolist() == [1, 2]
    assert cost_so_far(run, "epochs").tolist() == [4, 112]


@given(st.floats(1, 1e8), st.booleans())
@settings(max_examples=60)
def test_fixed_costs_ascend_to_the_budget(end: float, whole: bool) -> None:
    end = float(round(end)) if whole else end
    costs = fixed_costs(end, whole)
    assert costs[-1] == end and (np.diff(costs) > 0).all() and (costs > 0).all()
    assert not whole or (costs == np.round(costs)).all()
    assert shown_costs(costs)[-1] == len(costs) - 1


def test_every_tenth_query_is_reported() -> None:
    assert set(range(10, 160, 10)) < set(fixed_costs(150, whole=True))


def test_runs_without_an_incumbent_count_as_worse_than_all() -> None:
    nan = np.nan
    regrets = np.array([[nan, 3.0, 1.0], [nan, nan, 2.0], [4.0, 1.0, 3.0], [nan, 2.0, 4.0], [nan, 5.0, 5.0]])
    curve = curve_of(regrets, np.array([1.0, 2.0, 3.0]))
    assert curve.with_incumbent.tolist() == [1, 4, 5]
    np.testing.assert_array_equal(curve.median, [nan, 3.0, 3.0])
    np.testing.assert_array_equal(curve.mean, [nan, nan, 3.0])
    np.testing.assert_array_equal(curve.low, [nan, 2.0, 2.0])
    np.testing.assert_array_equal(curve.high, [nan, 5.0, 4.0])
    complete = np.random.default_rng(0).random((7, 3))
    np.testing.assert_allclose(curve_of(complete, np.arange(3.0)).low, np.quantile(complete, 0.25, axis=0))


def test_the_interval_of_a_mean_is_that_of_the_normal_law() -> None:
    values = np.random.default_rng(0).normal(5, 2, 400)
    final = final_regret(values)
    half = 1.96 * values.std() / 20
    np.testing.assert_allclose(final.mean_interval, (values.mean() - half, values.mean() + half), atol=0.02)
    assert final.median_interval[0] < final.median < final.median_interval[1]
    assert final_regret(values) == final
    assert np.isnan(final_regret(np.array([1.0])).mean_interval).all()
    assert final_regret(np.array([0.0, 0.0, 0.25, 1.0])).at_optimum == 0.5
    assert np.isnan(final_regret(np.array([1.0, np.nan])).mean)


def test_p_values_are_corrected_as_holm_says() -> None:
    # The example of Holm's procedure in R's manual: p.adjust(c(.01, .02, .03, .04), "holm").
    assert holm([0.03, 0.01, 0.04, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_pairs_are_tested_by_mann_whitney() -> None:
    rng = np.random.default_rng(0)
    finals = {"a": rng.random(30), "b": rng.random(25) + 0.3, "c": np.append(rng.random(20), np.nan)}
    tests = pairwise_tests(finals)
    assert [(test.first, test.second) for test in tests] == [("a", "b"), ("a", "c"), ("b", "c")]
    first = tests[0]
    assert first.p == pytest.approx(scipy.stats.mannwhitneyu(finals["a"], finals["b"]).pvalue)
    wins = np.mean([[x < y for y in finals["b"]] for x in finals["a"]])
    assert first.first_is_better == pytest.approx(wins)
    assert tests[1].first_is_better > np.mean([[x < y for y in finals["c"][:-1]] for x in finals["a"]])
    assert all(test.p_holm >= test.p for test in tests)


def test_runs_that_all_tie_do_not_differ() -> None:
    (test,) = pairwise_tests({"a": np.zeros(5), "b": np.zeros(5)})
    assert (test.first_is_better, test.p, test.p_holm) == (0.5, 1.0, 1.0)
