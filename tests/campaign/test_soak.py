"""A short soak; `make soak` is the long one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.campaign import soak
from tests.helpers.campaign_kill_points import STATES


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[int, object]:
    return soak.undisturbed_results(tmp_path_factory.mktemp("undisturbed"))


@pytest.mark.slow
@pytest.mark.parametrize("kills_a_state", [1, 4])
def test_kills_of_a_serial_campaign_lose_nothing(
    tmp_path: Path, undisturbed: dict[int, object], kills_a_state: int
) -> None:
    histogram = soak.run_soak("serial", kills_a_state * len(STATES), tmp_path, undisturbed).histogram
    print("\n".join(soak.histogram_lines(histogram)))
    by_state: Counter[str] = Counter()
    for (state, *_), count in histogram.items():
        by_state[state] += count
    assert by_state == dict.fromkeys(STATES, kills_a_state)


@pytest.mark.slow
def test_three_kills_under_ray_lose_nothing(tmp_path: Path, undisturbed: dict[int, object]) -> None:
    pytest.importorskip("ray")
    histogram = soak.run_soak("ray", 3, tmp_path, undisturbed).histogram
    assert sorted((state, victim) for state, _, victim in histogram) == [
        ("before start", "worker"),
        ("mid-step", "worker"),
        ("writing a checkpoint", "worker"),
    ]
