"""SMAC by smac."""

from __future__ import annotations

from pathlib import Path

import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import Candidates, Observation, make_algorithm
from nasbench_pytorch.search.proposals import INVALID, NOT_A_CELL

pytest.importorskip("smac")

SETTINGS = {"encoding": "b", "challengers": 30, "local_searches": 1, "random_fraction": 0.9}


def test_the_best_cell_is_evaluated_again_but_not_beyond_the_limit(
    all_candidates: Candidates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for most in (1, 2):
        algorithm = make_algorithm("smac", all_candidates, 1, {**SETTINGS, "evaluations_per_cell": most})
        asked: list[str] = []  # configurations; some are of the same cell
        for _ in range(9):
            proposal = algorithm.ask()
            valid = proposal.position != NOT_A_CELL
            assert proposal.spec is not None
            asked += [f"{proposal.spec.original_matrix} {proposal.spec.original_ops}"] * valid
            algorithm.tell(proposal, Observation(0.9, 1.0) if valid else INVALID)
        assert max(asked.count(configuration) for configuration in asked) == most
    assert not list(tmp_path.iterdir()), "smac writes no files"
    assert capfd.readouterr() == ("", "")


def test_a_state_of_another_search_is_refused(all_candidates: Candidates) -> None:
    algorithm = make_algorithm("smac", all_candidates, 1, SETTINGS)
    with pytest.raises(InputError, match="smac proposes another cell than it did as evaluation 1 of the saved search"):
        algorithm.load_state_dict({"told": [[5, 0.9, True]]})


def test_unusable_settings_are_refused(all_candidates: Candidates) -> None:
    with pytest.raises(InputError, match=r"random_fraction must be 0 to 1, got 1.5"):
        make_algorithm("smac", all_candidates, 1, {"random_fraction": 1.5})
    with pytest.raises(InputError, match="trees must be at least 1, got 0"):
        make_algorithm("smac", all_candidates, 1, {"trees": 0})
