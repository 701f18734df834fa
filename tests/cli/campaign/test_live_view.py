"""Views of a running campaign."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from nasbench_pytorch.campaign.ledger.ledger import Ledger
from nasbench_pytorch.cli.campaign.live_view import LineView, LiveView
from tests.helpers.campaign_fakes import all_trials

if TYPE_CHECKING:
    import pytest


def test_the_live_view_has_the_numbers_beside_its_bar(folder: Path) -> None:
    screen = io.StringIO()
    with Ledger.open(folder) as ledger:
        trials = all_trials(ledger)
    view = LiveView(Console(file=screen, force_terminal=True, width=80, height=25, color_system=None))
    view.begin(folder, 2)
    view.update([], trials[:2])
    view.note("a note")
    view.end()
    text = screen.getvalue()
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "\n").splitlines()]
    bar = next(line for line in lines if "━" in line)
    assert set(bar) <= set("━╸╺")
    assert any(
        re.fullmatch(r"9 of 28 trials done, 2 failed, 2 running, \d+ images/s, \d+ s left", line) for line in lines
    )
    assert any(line.startswith(f"running  {trials[0].hash[:8]}") for line in lines)
    assert "a note" in lines


def test_the_time_of_a_long_trial_goes_on_between_updates(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now_s = [1000.0]
    monkeypatch.setattr("nasbench_pytorch.cli.campaign.live_view.time.monotonic", lambda: now_s[0])
    with Ledger.open(folder) as ledger:
        trials = all_trials(ledger)
    view = LiveView(Console(file=io.StringIO(), force_terminal=True, width=80))
    view.begin(folder, 1)
    view.update([], trials[:1])
    now_s[0] += 300
    screen = io.StringIO()
    Console(file=screen, width=80).print(view)
    view.end()
    assert re.search(r"running  \w{8} .*, for 5 min", screen.getvalue())
    lines = LineView()
    lines.begin(folder, 1)
    for _ in range(2):
        lines.update([], trials[:1])
        now_s[0] += 60
    assert "1 running, the longest for 60 s" in capsys.readouterr().err


def test_a_closed_stderr_does_not_end_a_campaign(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as broken, monkeypatch.context() as patch:
        patch.setattr("sys.stderr", broken)
        view = LineView()
        view.begin(folder, 1)
        view.note("nobody")
        view.update([], [])
        broken.flush()
