"""Searches on a Ray cluster of this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import Budget, Workers, run_search
from tests.helpers.search_algorithms_of_users import InOrder, OnlyInvalid

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def cluster() -> Iterator[None]:
    yield
    ray.shutdown()


def test_runs_on_a_cluster_are_those_of_one_process() -> None:
    search = {"table": "mini", "settings": {"epochs": 12}, "budget": Budget(seconds=2000.0), "runs": 4}
    alone = run_search(InOrder, **search)  # type: ignore[arg-type]
    spread = run_search(InOrder, workers=Workers(2, "ray"), **search)  # type: ignore[arg-type]
    assert all(spread.runs[run].equals(history) for run, history in alone.runs.items())
    with pytest.raises(InputError, match="only_invalid made 10,000 proposals in a row") as caught:
        run_search(OnlyInvalid, workers=Workers(2, "ray"), **search)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
