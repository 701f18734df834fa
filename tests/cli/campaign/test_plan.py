"""`nasbench campaign plan`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.helpers.campaign_commands import SMALL, run


def test_a_plan_says_what_it_would_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", *SMALL, "--workers", 4, "--gflop-per-s", 0.0001) == 0
    text = capsys.readouterr().out
    assert "trials      2: 1 cells, budgets 1, 2 repeats" in text
    work = re.search(r"work +(\d+) GFLOP, 128 training images", text)
    times = re.search(r"time +(\d+) min of worker time; (\d+) min with 4 workers", text)
    assert work is not None
    assert times is not None
    assert float(times[1]) == pytest.approx(4 * float(times[2]), rel=0.1)
    assert "ledger 1.8 kB" in text


def test_a_plan_measures_this_machine(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nasbench_pytorch.campaign.plan.measured_throughput._SECONDS_EACH", 0.05)
    assert run("plan", *SMALL) == 0
    text = capsys.readouterr().out
    measured = re.search(
        r"throughput  ([\d.]+) GFLOP/s for each worker, measured now on .*, 1 thread, batches of 32", text
    )
    assert measured is not None
    assert float(measured[1]) > 0
    assert re.search(r"time +\d+ s of core time; \d+ s with 1 worker", text)


def test_a_plan_of_a_campaign_is_the_campaigns(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "ledger.sqlite").read_bytes()
    assert run("plan", "--out", folder, "--gflop-per-s", 1) == 0
    assert "trials      28: 7 cells, budgets 1, 2, 2 repeats" in capsys.readouterr().out
    assert (folder / "ledger.sqlite").read_bytes() == before
