"""`nasbench campaign status` and `retry`."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.campaign.ledger.ledger import Ledger
from nasbench_pytorch.campaign.ledger.read_status import read_status
from tests.helpers.campaign_commands import run
from tests.helpers.campaign_fakes import all_trials, trained
from tests.helpers.deadlines import DEADLINE_S

if TYPE_CHECKING:
    import pytest


def test_status_names_what_failed_and_retry_gives_it_another_chance(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("status", folder) == 0
    text = capsys.readouterr().out
    assert "c: 9 of 28 trials done" in text
    assert "2 trials failed: nan; try again with: nasbench campaign retry c --reason nan" in text
    named = re.findall(r"^failed +(\w{8}) +\d+ epochs?, repeat \d: (.*)$", text, re.MULTILINE)
    assert len(named) == 2
    assert {why for _, why in named} == {"nan: as told"}
    assert run("status", folder, "--last", 1) == 0
    assert "1 more; --last N names more of them" in capsys.readouterr().out
    assert "9 results from none, float32, 1 thread; torch 0" in text
    assert run("retry", folder, "--reason", "exception") == 0
    assert "0 failed trials are pending again" in capsys.readouterr().out
    assert run("retry", folder, "--reason", "nan") == 0
    assert "2 failed trials are pending again" in capsys.readouterr().out
    assert read_status(folder).count("failed") == 0


def test_environments_with_the_same_text_share_a_line_of_the_status(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    others: tuple[dict[str, object], ...] = ({"compiled": False}, {"torch": "1"})
    with Ledger.open(folder) as ledger:
        found = [trained(trial) for trial in all_trials(ledger)[:2]]
        differing = [
            replace(result, environment={**result.environment, **other})
            for result, other in zip(found, others, strict=True)
        ]
        ledger.commit(differing, [], 3)
    assert run("status", folder) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("recipe")]
    assert [re.sub(".*: ", "", line) for line in lines] == [
        "10 results from none, float32, 1 thread; torch 0",
        "1 result from none, float32, 1 thread; torch 1",
    ]


def test_a_status_is_json_when_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", folder, "--json") == 0
    status = json.loads(capsys.readouterr().out)
    assert status["failures"] == {"nan": 2}
    assert sum(budget["trials"]["finished"] for budget in status["budgets"]) == 9


def test_a_reason_in_a_ledger_cannot_steer_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(folder / "ledger.sqlite") as ledger:
        tables = [name for (name,) in ledger.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            columns = [row[1] for row in ledger.execute(f"pragma table_info({table})")]
            if "evidence" in columns:
                ledger.execute(f"update {table} set evidence = ?", ("\x1b]0;title\x07\x1b[2J",))
    ledger.close()
    assert run("status", folder) == 0
    text = capsys.readouterr().out
    assert "\\x1b[2J" in text
    assert "\x1b" not in text


def test_a_killed_driver_is_not_called_running(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = (
        "import os, signal\n"
        "from nasbench_pytorch.campaign import Ledger\n"
        "from tests.helpers.campaign_fakes import all_trials\n"
        f"ledger = Ledger.open({str(folder)!r})\n"
        "ledger.commit([], [all_trials(ledger)[0].number], 3)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], check=False, timeout=DEADLINE_S)
    assert killed.returncode == -signal.SIGKILL
    assert run("status", folder) == 0
    text = capsys.readouterr().out
    assert re.search(
        r"^driver +not running: process \d+ on \S+ was killed; go on with: .* --out c$", text, re.MULTILINE
    )
    assert re.search(r"^cut off +\w{8} ", text, re.MULTILINE)
    assert "running  " not in text
    with Ledger.open(folder) as ledger:
        ledger.commit([], [all_trials(ledger)[0].number], 3)
        assert run("status", folder) == 0
        text = capsys.readouterr().out
    assert re.search(r"^running +\w{8} ", text, re.MULTILINE)
    assert re.search(r"^driver +process \d+ on \S+$", text, re.MULTILINE)
    assert run("status", folder) == 0
    assert not re.search("^driver", capsys.readouterr().out, re.MULTILINE)


def test_a_status_fits_the_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run("status", folder) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines if "try again with" not in line) <= 80
