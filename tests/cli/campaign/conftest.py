"""Fixtures of the tests of `nasbench campaign`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.campaign_fakes import all_trials, begin, failed, trained


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A campaign of 28 trials in the current folder: 9 are done, 2 have failed."""
    monkeypatch.chdir(tmp_path)
    with begin(tmp_path / "c") as ledger:
        trials = all_trials(ledger)
        ledger.commit([trained(trial) for trial in trials[:9]] + [failed(trial) for trial in trials[9:11]], [], 3)
    return Path("c")
