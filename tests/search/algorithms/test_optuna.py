"""TPE and the Hyperband pruner by Optuna: every switch is set, and every budget is a training of its own."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import Candidates, Observation, Proposal, make_algorithm
from nasbench_pytorch.search.proposals import INVALID, NOT_A_CELL

optuna = pytest.importorskip("optuna")


def told(proposal: Proposal) -> Observation:
    """Return an accuracy that grows with the 3x3 convolutions and with the budget; 0 for an invalid proposal."""
    if proposal.position == NOT_A_CELL or proposal.spec is None:
        return INVALID
    convolutions = proposal.spec.original_ops.count("conv3x3-bn-relu")
    return Observation(0.8 + 0.03 * convolutions + 0.0001 * proposal.epochs, 1.0)


def proposals(name: str, candidates: Candidates, count: int, **settings: Any) -> list[Proposal]:
    algorithm = make_algorithm(name, candidates, 3, settings)
    found = []
    for _ in range(count):
        found.append(algorithm.ask())
        algorithm.tell(found[-1], told(found[-1]))
    return found


def test_every_switch_of_the_sampler_is_set(all_candidates: Candidates, monkeypatch: pytest.MonkeyPatch) -> None:
    """A switch that a later Optuna adds fails here, so that its default is not taken unseen."""
    given: list[dict[str, Any]] = []

    class Noted(optuna.samplers.TPESampler):  # type: ignore[name-defined,misc]
        def __init__(self, **switches: Any) -> None:
            given.append(switches)
            super().__init__(**switches)

    known = set(inspect.signature(optuna.samplers.TPESampler.__init__).parameters) - {"self", "constraints_func"}
    monkeypatch.setattr(optuna.samplers, "TPESampler", Noted)
    proposals("optuna_tpe", all_candidates, 2)
    assert set(given[0]) == known
    assert given[0]["seed"] != given[1]["seed"]
    assert [given[0]["gamma"](finished) for finished in (4, 16, 100, 400)] == [1, 1, 3, 5]
    assert given[0]["weights"](30).tolist() == [1 / 30, *np.linspace(1 / 30, 1, 5)[1:], *[1] * 25]
    assert given[0]["weights"](3).tolist() == [1, 1, 1]


@pytest.mark.parametrize("encoding", ["a", "b", "c"])
def test_tpe_finds_better_cells_than_its_random_start(encoding: str, all_candidates: Candidates) -> None:
    found = proposals("optuna_tpe", all_candidates, 60, encoding=encoding, startup_trials=15, multivariate=True)
    values = [told(proposal).validation_accuracy for proposal in found]
    assert np.median(values[40:]) > np.median(values[:15]) + 0.02


def test_nothing_is_printed(all_candidates: Candidates, capfd: pytest.CaptureFixture[str]) -> None:
    before = optuna.logging.get_verbosity()
    proposals("optuna_hyperband", all_candidates, 3)
    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == before


def test_a_trial_of_hyperband_climbs_the_budgets_and_one_in_three_goes_on(all_candidates: Candidates) -> None:
    found = proposals("optuna_hyperband", all_candidates, 120, startup_trials=200)
    trials: list[list[int]] = []
    for before, proposal in zip([None, *found], found, strict=False):
        if proposal.epochs == 4:
            trials.append([])
        elif before is not None:
            assert proposal.position == before.position and proposal.epochs == 3 * before.epochs
        trials[-1].append(proposal.epochs)
    assert all(trial == [4, 12, 36, 108][: len(trial)] for trial in trials)
    lengths = np.array([len(trial) for trial in trials[:-1]])
    assert (lengths == 4).any()
    assert 0.1 < np.mean(lengths > 1) < 0.7


def test_unusable_settings_are_refused(all_candidates: Candidates) -> None:
    for settings, message in (
        ({"encoding": "d"}, "unknown encoding 'd'; there are: a, b, c"),
        ({"gamma": "half"}, "unknown gamma 'half'; there are: hyperopt, optuna"),
        ({"startup_trials": 0}, "startup_trials must be at least 1, got 0"),
    ):
        with pytest.raises(InputError, match=message):
            make_algorithm("optuna_tpe", all_candidates, 0, settings)
