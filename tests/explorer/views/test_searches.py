"""Replays of searches: what was evaluated, what it cost, the incumbent, and the regret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer import Searches
from nasbench_pytorch.search import SearchRuns, compare_runs
from nasbench_pytorch.space import enumerate_cells
from tests.helpers.explorer_samples import mini_table, write_searches


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_searches(tmp_path_factory.mktemp("searches"))


@pytest.fixture(scope="module")
def searches(folder: Path) -> Searches:
    return Searches(mini_table(), [folder])


def test_a_folder_of_searches_is_all_of_them_side_by_side(searches: Searches) -> None:
    described = searches.describe()
    assert [(item["id"], item["runs"]) for item in described] == [("all", 4), ("0", 2), ("1", 2)]
    assert [item["label"] for item in described[1:]] == ["random_search (seed=0)", "random_search (seed=1)"]


def test_events_are_the_evaluations_of_the_run(searches: Searches, folder: Path) -> None:
    space, runs = enumerate_cells(5), SearchRuns.read(folder / "seed1").runs
    replay = searches.replay("1", 10)
    json.dumps(replay, allow_nan=False)
    for shown, history in zip(replay["runs"], runs.values(), strict=True):
        assert [mini_table().file.hash_of(row) for row in shown["rows"]] == [
            space.hash_at(p) for p in history.positions
        ]
        assert shown["costs"] == history.times_s.tolist()
        assert shown["accuracies"] == history.values.tolist()
        best: list[int] = []
        for event, value in enumerate(shown["accuracies"]):
            best.append(event if not best or value > shown["accuracies"][best[-1]] else best[-1])
        assert shown["incumbents"] == best


def test_the_regret_is_that_of_the_report(searches: Searches, folder: Path) -> None:
    contents = compare_runs([folder / "seed0", folder / "seed1"], table=mini_table().file)
    for shown, expected in zip(searches.replay("all", 1)["regret"], contents.searches, strict=True):
        assert shown["runs"] == 2
        assert shown["cost"] == expected.curve.at.tolist()
        known = [value for value in shown["median"] if value is not None]
        assert known == [value for value in expected.curve.median.tolist() if value == value]
        assert known[-1] < known[0]


def test_only_so_many_runs_are_replayed(searches: Searches) -> None:
    assert [run["label"][-5:] for run in searches.replay("all", 1)["runs"]] == ["run 0", "run 0"]


def test_an_unknown_search_is_refused(searches: Searches) -> None:
    with pytest.raises(InputError, match="no search '7'; there are: 0, 1"):
        searches.replay("7", 1)


def test_a_folder_without_a_search_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no search here \(search.json is missing\)"):
        Searches(mini_table(), [tmp_path])
    with pytest.raises(InputError, match="no search here"):
        Searches(mini_table(), [tmp_path / "nowhere"])


@pytest.mark.parametrize("name", ["rules", "settings", "seed", "epochs", "budget"])
def test_a_description_that_lacks_something_is_refused(name: str, folder: Path, tmp_path: Path) -> None:
    for file in (folder / "seed0").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    about = json.loads((tmp_path / "search.json").read_text())
    del about[name]
    (tmp_path / "search.json").write_text(json.dumps(about))
    with pytest.raises(InputError, match=f"{name} is missing"):
        Searches(mini_table(), [tmp_path])
