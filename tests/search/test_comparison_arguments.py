"""Arguments of `compare` and `compare_runs` that are of the wrong type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import Budget, compare, compare_runs, run_search

if TYPE_CHECKING:
    from pathlib import Path

FEW: dict[str, Any] = {"table": "mini", "budget": Budget(evaluations=3), "runs": 2}


@pytest.mark.parametrize(
    ("algorithms", "changes", "message"),
    [
        ("random_search", {}, r"algorithms must be a list, such as \['random_search'\], got 'random_search'"),
        (5, {}, "algorithms must be a list"),
        (
            [("random_search", {"epochs": 12}, 3)],
            {},
            r"is a pair such as \('random_search', \{'epochs': 36\}\), got \(",
        ),
        ([("random_search", "epochs")], {}, "is a pair such as"),
        ([7], {}, "an algorithm is a name or a subclass of SearchAlgorithm, got 7"),
        (["random_search"], {"settings": {"epochs": 12}}, "compare takes the settings of each algorithm with its name"),
    ],
)
def test_bad_arguments_of_compare_are_one_line(algorithms: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare(algorithms, **FEW, **changes)


def test_a_pair_may_be_a_list() -> None:
    found = compare([["random_search", {"epochs": 12}], ("hyperband", {"max_epochs": 12})], **FEW)
    assert [search.name for search in found.searches] == ["random_search", "hyperband"]


def test_a_single_search_needs_no_list(tmp_path: Path) -> None:
    found = run_search("random_search", settings={"epochs": 12}, out=tmp_path / "s", **FEW)
    for single in (found, tmp_path / "s", str(tmp_path / "s")):
        assert [search.name for search in compare_runs(single).searches] == ["random_search"]
    for wrong in (3, [found, 3], None):
        with pytest.raises(InputError, match=r"result.* of run_search.* got"):
            compare_runs(wrong)  # type: ignore[arg-type]
