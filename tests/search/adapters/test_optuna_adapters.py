"""NAS-Bench-101 as an objective and as a problem for Optuna."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import Candidates, TableEvaluator
from nasbench_pytorch.search.encoded_parameters import ENCODINGS, Categorical, Integer, parameter_encoding
from nasbench_pytorch.space.encodings_abc import (
    decoded_cell,
    matrix_of_encoding_a,
    matrix_of_encoding_b,
    matrix_of_encoding_c,
)
from nasbench_pytorch.table import NASBench
from tests.helpers.search_objectives import made_up_objective

optuna = pytest.importorskip("optuna")
adapters = pytest.importorskip("nasbench_pytorch.search.adapters")


def drawn(encoding: str, rng: np.random.Generator) -> dict[str, Any]:
    """Return random values of an encoding's parameters."""
    values: dict[str, Any] = {}
    for parameter in ENCODINGS[encoding].parameters:
        if isinstance(parameter, Categorical):
            values[parameter.name] = parameter.values[int(rng.integers(len(parameter.values)))]
        elif isinstance(parameter, Integer):
            values[parameter.name] = int(rng.integers(parameter.low, parameter.high + 1))
        else:
            values[parameter.name] = float(rng.uniform(parameter.low, parameter.high))
    return values


def study(seed: int) -> Any:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=seed))


@pytest.mark.parametrize("encoding", ["a", "b", "c"])
def test_values_decode_as_the_plain_decoders_do(encoding: str) -> None:
    rng = np.random.default_rng(1)
    valid = 0
    for _ in range(40):
        values = drawn(encoding, rng)
        edges = [
            values[name] for name in sorted((n for n in values if n.startswith("edge_")), key=lambda n: int(n[5:]))
        ]
        if encoding == "c":
            matrix = matrix_of_encoding_c(edges, values["num_edges"])
        else:
            matrix = {"a": matrix_of_encoding_a, "b": matrix_of_encoding_b}[encoding](edges)
        expected = decoded_cell(matrix, [values[f"op_node_{vertex}"] for vertex in range(5)])
        found = parameter_encoding(encoding).cell(values)
        assert (found is None) == (expected is None)
        if found is not None and expected is not None:
            assert found.hash_spec() == expected.hash_spec()
            valid += 1
    assert 3 < valid < 40


def test_the_objective_returns_what_the_evaluator_has_and_charges_it(all_candidates: Candidates) -> None:
    made_up = made_up_objective(len(all_candidates.space), repeats=1)
    objective = adapters.optuna_objective(TableEvaluator(all_candidates, made_up, 0), "b")
    run = study(0)
    run.optimize(objective, n_trials=25)
    valid = [trial for trial in run.trials if "hash" in trial.user_attrs]
    assert 5 < len(valid) <= 25
    for trial in run.trials:
        assert len(trial.params) == 14
        if trial in valid:
            row = all_candidates.space.index_of(trial.user_attrs["hash"])
            assert trial.value == made_up.values[row, 0, 0]
            assert trial.user_attrs["cost_s"] == made_up.costs_s[row, 0, 0]
        else:
            assert (trial.value, trial.user_attrs["cost_s"]) == (0, 0)
    again = study(0)
    again.optimize(adapters.optuna_objective(TableEvaluator(all_candidates, made_up, 0), "b"), n_trials=25)
    assert [trial.params for trial in again.trials] == [trial.params for trial in run.trials]


def test_the_problem_is_that_of_its_table() -> None:
    """The parameters of a cell of the embedded table give its mean validation accuracy."""
    table = NASBench("mini")
    problem = adapters.Problem("mini", epochs=12)
    assert problem.directions == [optuna.study.StudyDirection.MAXIMIZE]
    assert len(problem.search_space) == 26
    spec = table.space[7]
    matrix, ops = np.zeros((7, 7), dtype=int), list(spec.pruned().ops)
    size = len(ops)
    places = [*range(size - 1), 6]
    matrix[np.ix_(places, places)] = spec.matrix
    params: dict[str, Any] = {f"edge_{n}": int(bit) for n, bit in enumerate(matrix[np.triu_indices(7, 1)])}
    names = [*ops[1:-1], *["maxpool3x3"] * (7 - size)]
    params |= {f"op_node_{vertex}": name for vertex, name in enumerate(names)}
    metrics = table.get_metrics_from_spec(spec)[1][12]
    expected = np.mean([repeat["final_validation_accuracy"] for repeat in metrics])
    assert problem.evaluate(params) == pytest.approx(expected, abs=1e-12)
    run = study(1)
    run.optimize(problem, n_trials=3)
    assert all(0 <= trial.value <= 1 for trial in run.trials)
    of_c = adapters.Problem("mini", encoding="c", epochs=12)
    given = {
        **dict.fromkeys(of_c.search_space, 0.5),
        **{f"op_node_{n}": "maxpool3x3" for n in range(5)},
        "num_edges": 9,
    }
    assert 0 <= of_c.evaluate(given) <= 1
    for name, value in (
        ("edge_3", "0.5"),
        ("edge_3", float("nan")),
        ("edge_3", 1.5),
        ("num_edges", 8.5),
        ("edge_3", None),
    ):
        with pytest.raises(InputError, match=rf"encoding c: {name} must be a .*number from 0.* to "):
            of_c.evaluate({**given, name: value})
    with pytest.raises(InputError, match=r"the evaluator has no budget of 36 epochs, only 12; make it with \(36,\)"):
        adapters.optuna_objective(of_c._evaluator, epochs=36)
    with pytest.raises(InputError, match="encoding a has a parameter 'edge_20', which these values lack"):
        problem.evaluate({name: value for name, value in params.items() if name != "edge_20"})
