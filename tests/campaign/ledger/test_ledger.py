from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.campaign.export.export import export_campaign
from nasbench_pytorch.campaign.ledger.connection import LEDGER_NAME, read_meta, write_meta
from nasbench_pytorch.campaign.ledger.create import PlannedTrials
from nasbench_pytorch.campaign.ledger.ledger import Ledger
from nasbench_pytorch.campaign.ledger.pending import BEGINNING
from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.campaign.ledger.schema import FORMAT
from nasbench_pytorch.campaign.outcomes import Failed, Outcome, Reason, Stopped
from nasbench_pytorch.errors import InputError
from tests.helpers.campaign_fakes import ENVIRONMENT, SETTINGS, all_trials, begin, connected, finished
from tests.helpers.deadlines import DEADLINE_S

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial


def failed(trial: Trial, reason: Reason = "exception") -> Failed:
    return Failed(trial.number, reason, "why", ENVIRONMENT, "fake", 0.5)


def results(folder: Path) -> list[tuple[object, ...]]:
    with connected(folder) as connection:
        return connection.execute("SELECT * FROM results ORDER BY trial").fetchall()


def test_trials_come_longest_first_and_repeats_together(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    trials = all_trials(ledger)
    costs = [-position.rank for position, _ in ledger.pending(BEGINNING, 100)]
    assert len(trials) == 28
    assert costs == sorted(costs, reverse=True)
    assert all(
        a.hash == b.hash and (a.repeat, b.repeat) == (0, 1) for a, b in zip(trials[::2], trials[1::2], strict=True)
    )
    first_page = ledger.pending(BEGINNING, 10)
    assert [trial for _, trial in first_page + ledger.pending(first_page[-1][0], 100)] == trials
    ledger.close()


def test_after_a_close_the_one_file_is_the_whole_ledger(tmp_path: Path) -> None:
    ledger = begin(tmp_path / "a")
    ledger.commit([finished(trial) for trial in all_trials(ledger)[:5]], [], 3)
    ledger.close()
    read_status(tmp_path / "a")
    assert sorted(path.name for path in (tmp_path / "a").glob("ledger*")) == [LEDGER_NAME]
    (tmp_path / "b").mkdir()
    shutil.copy(tmp_path / "a" / LEDGER_NAME, tmp_path / "b")
    copy = Ledger.open(tmp_path / "b")
    assert len(all_trials(copy)) == 23
    copy.close()
    assert results(tmp_path / "a") == results(tmp_path / "b")


KINDS: dict[str, Callable[[Trial], Outcome]] = {
    "finished": finished,
    "exception": failed,
    "nan": lambda trial: failed(trial, "nan"),
    "stopped": lambda trial: Stopped(trial.number),
}
STEPS = st.lists(st.lists(st.tuples(st.integers(0, 27), st.sampled_from(list(KINDS))), max_size=6), max_size=6)


@settings(max_examples=40)
@given(STEPS, st.integers(1, 3))
def test_totals_equal_counts_after_any_outcomes(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[tuple[int, str]]], max_tries: int
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    ledger = begin(folder)
    trials = all_trials(ledger)
    for step in steps:
        ledger.commit([KINDS[kind](trials[index]) for index, kind in step], [], max_tries)
    ledger.close()
    with connected(folder) as connection:
        counted = connection.execute(
            "SELECT number >> 12 & 1048575, state, count(*), -sum(rank), ifnull(sum(training_time_s), 0) "
            "FROM trials LEFT JOIN results ON trial = number GROUP BY 1, 2"
        ).fetchall()
        totals = connection.execute(
            "SELECT epochs, state, trials, cost, training_time_s FROM totals WHERE trials > 0"
        ).fetchall()
        assert (
            connection.execute(
                "SELECT count(*) FROM trials JOIN results ON trial = number WHERE state <> 1"
            ).fetchone()[0]
            == 0
        )
    assert counted == pytest.approx(totals) if not counted else sorted(counted) == sorted(totals)


def test_the_first_result_of_a_trial_is_kept(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    first, other = all_trials(ledger)[:2]
    ledger.commit([finished(first)], [], 3)
    before = results(tmp_path)
    late = finished(other)
    ledger.commit([type(late)(**{**vars(late), "trial": first.number}), failed(first)], [], 3)
    assert results(tmp_path) == before
    ledger.close()


def test_failures_are_tried_again_up_to_the_limit_but_not_after_nan(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    lost, nan = all_trials(ledger)[:2]
    assert ledger.commit([failed(lost, "worker-lost"), failed(nan, "nan")], [], 2) == [lost.number]
    assert ledger.commit([failed(lost, "worker-lost")], [], 2) == []
    status = read_status(tmp_path)
    assert status.failures == {"nan": 1, "worker-lost": 1}
    assert status.failed_tries == {"nan": 1, "worker-lost": 2}
    assert ledger.retry("nan") == 1
    assert read_status(tmp_path).count("failed") == 1
    assert ledger.retry() == 1
    assert len(all_trials(ledger)) == 28
    ledger.close()


def test_a_second_driver_is_refused_and_the_first_is_named(tmp_path: Path) -> None:
    code = f"""
from nasbench_pytorch.campaign import Ledger
with Ledger.open({str(tmp_path)!r}):
    print("open", flush=True)
    input()
"""
    begin(tmp_path).close()
    first = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    first.stdout.readline()
    with pytest.raises(InputError, match=f"process {first.pid} on "):
        Ledger.open(tmp_path)
    first.kill()
    first.wait(DEADLINE_S)
    # driver.json still names the killed process; its lock is gone.
    assert json.loads((tmp_path / "driver.json").read_text())["pid"] == first.pid
    Ledger.open(tmp_path).close()
    with connected(tmp_path) as connection:
        endings = [row[0] for row in connection.execute("SELECT ending FROM sessions ORDER BY number")]
    assert endings == ["clean", "lost", "clean"]


def test_running_trials_of_a_lost_driver_are_recorded_and_not_counted_as_failures(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    trial = all_trials(ledger)[0]
    ledger.commit([], [trial.number], 1)
    assert [note.hash for note in read_status(tmp_path).running] == [trial.hash]
    ledger.abandon()
    ledger = Ledger.open(tmp_path)
    assert all_trials(ledger)[0] == trial
    status = read_status(tmp_path)
    assert status.running == []
    assert Counter(status.failed_tries) == {"driver-lost": 1}
    ledger.close()


def test_a_newer_ledger_and_other_files_are_refused(tmp_path: Path) -> None:
    begin(tmp_path).close()
    with connected(tmp_path) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(InputError, match=f"layout {FORMAT + 1}; this program reads up to {FORMAT}: upgrade"):
        Ledger.open(tmp_path)
    with pytest.raises(InputError, match="upgrade"):
        read_status(tmp_path)
    (tmp_path / LEDGER_NAME).write_bytes(b"x" * 5000)
    with pytest.raises(InputError, match="ledger"):
        Ledger.open(tmp_path)
    with pytest.raises(InputError, match="there is no campaign"):
        Ledger.open(tmp_path / "nowhere")


def test_a_campaign_that_could_not_be_planned_has_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("nasbench_pytorch.campaign.ledger.create.fill", _full)
        with pytest.raises(InputError, match="full"):
            begin(tmp_path / "c")
    assert not (tmp_path / "c").exists()
    (tmp_path / "d").mkdir()
    left = tmp_path / "d" / f".{LEDGER_NAME}.0.partial"
    left.write_bytes(b"of one that was killed")
    ledger = begin(tmp_path / "d")
    assert not left.exists()
    assert len(all_trials(ledger)) == 28
    ledger.close()
    with pytest.raises(InputError, match="is there already"):
        Ledger.create(tmp_path / "d", SETTINGS, PlannedTrials([], np.zeros((3, 0), np.int64), False, {}))
    assert read_status(tmp_path / "d").trials == 28


def _full(connection: sqlite3.Connection, *arguments: object) -> int:
    connection.execute("PRAGMA max_page_count = 1")
    return connection.execute("CREATE TABLE more (a)").rowcount


def test_a_ledger_of_settings_from_a_later_version_is_refused(tmp_path: Path) -> None:
    begin(tmp_path).close()
    with connected(tmp_path) as connection:
        write_meta(connection, "settings", {**read_meta(connection, "settings"), "colour": 1})
    with pytest.raises(InputError, match=r"settings that this version does not know .*colour"):
        read_status(tmp_path)


def test_a_full_disk_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    trials = all_trials(ledger)
    ledger.commit([finished(trials[0])], [], 3)
    pages = ledger._connection.execute("PRAGMA page_count").fetchone()[0]
    ledger._connection.execute(f"PRAGMA max_page_count = {pages}")
    huge = finished(trials[1])
    with pytest.raises(InputError, match=r"full.*Everything committed before is safe"):
        ledger.commit([type(huge)(**{**vars(huge), "status": "x" * 100_000})], [], 3)
    ledger.abandon()
    again = Ledger.open(tmp_path)
    assert len(all_trials(again)) == 27
    again.commit([finished(trial) for trial in all_trials(again)], [], 3)
    again.close()
    assert len(results(tmp_path)) == 28


def test_a_ledger_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    trial = all_trials(ledger)[0]
    ledger._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(InputError, match="readonly"):
        ledger.commit([finished(trial)], [], 3)
    ledger.abandon()
    assert results(tmp_path) == []


def test_a_with_statement_closes_the_ledger_whatever_happens(tmp_path: Path) -> None:
    with begin(tmp_path):
        pass
    with pytest.raises(InputError, match="the disk"), Ledger.open(tmp_path):
        raise InputError("the disk is full")
    with pytest.raises(KeyError), Ledger.open(tmp_path) as ledger:
        ledger.commit([], [all_trials(ledger)[0].number], 1)
        raise KeyError
    with Ledger.open(tmp_path) as ledger:
        ledger.close("stopped")
    with connected(tmp_path) as connection:
        endings = [row[0] for row in connection.execute("SELECT ending FROM sessions ORDER BY number")]
    assert endings == ["clean", "hindered", "lost", "stopped"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "driver.lock") == [LEDGER_NAME]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE results SET evaluations = '[[1, 1, 1, 1, 1, 7.5, 1, 1, 1]]'", "test_accuracy is 7.5"),
        ("UPDATE results SET evaluations = '[[\"a\"]]'", "must be a number, got 'a'"),
        ("UPDATE results SET evaluations = '{'", "not JSON"),
        ("UPDATE totals SET state = 9 WHERE state = 0", "table totals, epochs 1: state must be one of 0, 1, 2"),
        ("UPDATE meta SET value = '[]' WHERE key = 'settings'", "meta, settings must be an object"),
    ],
)
def test_a_damaged_ledger_has_no_status(tmp_path: Path, statement: str, message: str) -> None:
    ledger = begin(tmp_path)
    ledger.commit([finished(trial) for trial in all_trials(ledger)], [], 3)
    ledger.close()
    with connected(tmp_path) as connection:
        connection.execute(statement)
    with pytest.raises(InputError, match=re.escape(message)):
        read_status(tmp_path)
    if "results" not in statement:
        with pytest.raises(InputError, match=re.escape(message)):
            Ledger.open(tmp_path)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE meta SET value = json_set(value, '$.seed', 4) WHERE key = 'settings'", "settings differs from its"),
        ("UPDATE environments SET recipe_id = 'a' || recipe_id", "environment 1 differs from its digest"),
        ("UPDATE totals SET trials = trials + 1 WHERE state = 1", "trials must be the number of its trials"),
        ("UPDATE environments SET results = 1", "results must be the number of its results"),
        ("UPDATE cells SET operations = replace(operations, 'output', 'input')", "must begin with input and end with"),
        ("DELETE FROM meta WHERE key = 'selections'", "selections is missing"),
    ],
)
def test_values_beside_the_results_are_checked_before_an_export(tmp_path: Path, statement: str, message: str) -> None:
    with begin(tmp_path) as ledger:
        ledger.commit([finished(trial) for trial in all_trials(ledger)[:4]], [], 3)
    with connected(tmp_path) as connection:
        connection.execute(statement)
    with pytest.raises(InputError, match=message):
        export_campaign(tmp_path, tmp_path / "t.arrow")
