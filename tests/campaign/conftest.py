"""Fixtures of the campaigns' tests."""

from __future__ import annotations

import pytest


@pytest.fixture
def commit_every_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the driver commit after each wait, so that watchers see outcomes at once."""
    monkeypatch.setattr("nasbench_pytorch.campaign.driver.COMMIT_OUTCOMES", 1)
