from __future__ import annotations

import math
import re
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.campaign.export.export import export_campaign
from nasbench_pytorch.campaign.export.scratch import scratch_folder
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import MissingRowError, NASBench, TableBuilder, TableFile, verify
from nasbench_pytorch.table.storage.fields import ROW_FIELDS
from tests.helpers.campaign_fakes import SETTINGS, all_trials, begin, connected, failed, trained
from tests.helpers.deadlines import DEADLINE_S

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.ledger.ledger import Ledger


def test_a_whole_campaign_is_a_sound_table_in_either_format(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    trials = all_trials(ledger)
    ledger.commit([trained(trial) for trial in trials], [], 3)
    ledger.close()
    report = export_campaign(tmp_path, tmp_path / "t.arrow")
    assert (report.rows, report.failed, report.missing, report.partial_cells, report.incomplete) == (28, 0, 0, 0, 0)
    assert verify(TableFile(tmp_path / "t.arrow")).problems == ()
    assert export_campaign(tmp_path, tmp_path / "t.tfrecord").rows == 28
    back = NASBench(tmp_path / "t.tfrecord")
    images = {"train": 64, "validation": 297, "test": 296}
    assert verify(back.table, SETTINGS.skeleton, images).problems == ()
    assert verify(back.table, SETTINGS.skeleton, {**images, "test": 295}).problems != ()
    own = NASBench(tmp_path / "t.arrow")
    for trial in trials:
        expected = own.query(trial.spec(), trial.epochs, repeat=trial.repeat)
        found = back.query(trial.spec(), trial.epochs, repeat=trial.repeat)
        assert expected.pop("module_adjacency").tolist() == found.pop("module_adjacency").tolist()
        assert expected == found
        assert found["validation_accuracy"] == (trial.seed % 60 + 3) / 297
    assert not list(tmp_path.glob(".export-*"))


def test_rows_say_where_they_came_from(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    trials = all_trials(ledger)
    ledger.commit([replace(trained(trial), restarts=2) for trial in trials[:3]], [], 3)
    ledger.close()
    export_campaign(tmp_path, tmp_path / "t.arrow")
    table = NASBench(tmp_path / "t.arrow")
    rows = {(row["hash"], row["epochs"], row["repeat"]): row for row in table.to_arrow().to_pylist()}
    for trial in trials[:3]:
        row = rows[trial.hash, trial.epochs, trial.repeat]
        assert (row["seed"], row["attempts"], row["status"]) == (trial.seed, 3, "complete")
        assert row["curve"] == list(range(trial.epochs))
        assert row["hardware"] == "none, float32, 1 thread"
        assert row["versions"] == "torch 0"
        assert len(row["recipe_id"]) == 12
    assert "failure" not in table.table.extra_columns
    assert "Not the published NAS-Bench-101" in table.about
    assert "64 training images" in table.describe()[0].meaning
    assert NASBench.describe()[0].name == "hash"
    about = table.table.metadata.about
    assert about["trials"] == {"finished": 3, "failed": 0, "missing": 25}
    assert about["settings"]["dataset"] == "digits"


def test_cells_with_gaps_are_reported_and_can_be_queried(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    trials = all_trials(ledger)
    ledger.commit([trained(trial) for trial in trials[:9]] + [failed(trials[9]), failed(trials[20])], [], 3)
    ledger.close()
    report = export_campaign(tmp_path, tmp_path / "t.arrow")
    partial = sum(count < 4 for count in Counter(trial.hash for trial in trials[:9]).values())
    assert (report.rows, report.failed, report.missing, report.partial_cells) == (11, 2, 17, partial)
    assert report.failures == {"nan": 2}
    assert export_campaign(tmp_path, tmp_path / "t.tfrecord").rows == 9
    table = NASBench(tmp_path / "t.arrow")
    assert verify(table.table).problems == ()
    done, lost = trials[8], trials[9]
    assert (done.hash, done.epochs, done.repeat, lost.repeat) == (lost.hash, lost.epochs, 0, 1)
    assert table.query(done.spec(), done.epochs)["train_accuracy"] == done.seed % 60 / 64
    with pytest.raises(MissingRowError, match="no repeat 1"):
        table.query(lost.spec(), lost.epochs, repeat=1)
    with pytest.raises(MissingRowError, match="no training"):
        table.query(trials[20].spec(), trials[20].epochs)
    assert math.isnan(table.lookup([lost.hash], epochs=lost.epochs, repeat=1)[0])
    failures = [row["failure"] for row in table.to_arrow().to_pylist() if row["status"] == "failed"]
    assert failures == ["nan", "nan"]
    assert table.best(epochs=done.epochs, n=3)[0].repeats >= 1


def test_trainings_without_all_three_evaluations_stay_out_of_a_tfrecord(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    first, second = all_trials(ledger)[:2]
    ledger.commit([trained(first), replace(trained(second, (0.0,)), status="truncated")], [], 3)
    ledger.close()
    report = export_campaign(tmp_path, tmp_path / "t.tfrecord")
    assert (report.rows, report.incomplete) == (1, 1)
    assert export_campaign(tmp_path, tmp_path / "t.arrow").rows == 2


SHARES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), max_size=5)


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 27), SHARES), min_size=1))
def test_columns_are_those_that_the_builder_makes_row_by_row(
    tmp_path_factory: pytest.TempPathFactory, chosen: list[tuple[int, list[float]]]
) -> None:
    folder = tmp_path_factory.mktemp("campaign")
    ledger = begin(folder)
    trials = all_trials(ledger)
    made = {index: trained(trials[index], tuple(shares)) for index, shares in chosen}
    ledger.commit(list(made.values()), [], 3)
    ledger.close()
    export_campaign(folder, folder / "bulk.arrow")
    builder = TableBuilder(296, SETTINGS.skeleton)
    for index in sorted(made, key=lambda index: trials[index].number):
        trial, result = trials[index], made[index]
        builder.add(trial.spec(), trial.epochs, trial.repeat, result.evaluations, total_time_s=result.total_time_s)
    builder.write(folder / "rows.arrow")
    bulk, rows = (NASBench(folder / name).to_arrow() for name in ("bulk.arrow", "rows.arrow"))
    shared = ("hash", "module_adjacency", "module_operations", "trainable_parameters", "epochs", "repeat")
    for name in (*shared, *ROW_FIELDS):
        assert bulk[name].to_pylist() == rows[name].to_pylist(), name


def test_a_running_campaign_can_be_exported(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    trial = all_trials(ledger)[0]
    with pytest.raises(InputError, match=r"none of the 28 trials has a result yet"):
        export_campaign(tmp_path, tmp_path / "t.arrow")
    ledger.commit([trained(trial)], [], 3)
    assert export_campaign(tmp_path, tmp_path / "t.arrow").missing == 27
    ledger.close()


def test_a_folder_without_a_campaign_and_other_file_types_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no campaign"):
        export_campaign(tmp_path, tmp_path / "t.arrow")
    with pytest.raises(InputError, match=r"ends with \.arrow, or \.tfrecord"):
        export_campaign(tmp_path, tmp_path / "t.csv")


def test_an_export_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    ledger: Ledger = begin(tmp_path)
    ledger.commit([trained(all_trials(ledger)[0])], [], 3)
    ledger.close()
    (tmp_path / "t.arrow").write_text("old")
    with pytest.raises(FileNotFoundError):
        export_campaign(tmp_path, tmp_path / "nowhere" / "t.tfrecord")

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_campaign(tmp_path, tmp_path / "t.arrow", stop)
    assert (tmp_path / "t.arrow").read_text() == "old"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE results SET evaluations = replace(evaluations, ', 1.0, 1.0', ', 1.0, 1.5')", "differ from its digest"),
        ("UPDATE results SET total_time_s = total_time_s + 1", "differ from its digest"),
        ("UPDATE results SET restarts = 'x'", "restarts must be a whole number"),
        ("UPDATE results SET status = 'great'", "status must be complete or truncated"),
        ("UPDATE results SET environment = 99", "environment must be a known one"),
        ("UPDATE cells SET hash = '0' || substr(hash, 2) WHERE hash NOT LIKE '0%'", "have another hash"),
        ("UPDATE cells SET hash = 'zz' WHERE number = 0", "hash must be 32 hex digits"),
        ("UPDATE cells SET adjacency = '0' || substr(adjacency, 2, 1) || '1' || substr(adjacency, 4)", "damaged"),
        ("UPDATE cells SET operations = replace(operations, '3x3', '5x5')", "damaged"),
        ("UPDATE cells SET parameters = parameters + 1", "parameters"),
        ("UPDATE trials SET state = 7", "state must be one of 0, 1, 2"),
        ("DELETE FROM results WHERE trial = (SELECT min(trial) FROM results)", "must have a result"),
        ("UPDATE totals SET trials = 'many'", "trials must be a whole number"),
        ("UPDATE environments SET description = '[]'", "description must be an object"),
        ("UPDATE environments SET description = '{'", "not JSON"),
        ("UPDATE meta SET value = '[1]' WHERE key = 'selections'", "selections[0] must be an object, got 1"),
        ("UPDATE meta SET value = '3' WHERE key = 'settings'", "meta, settings must be an object, got 3"),
    ],
)
def test_a_damaged_ledger_is_not_exported(tmp_path: Path, statement: str, message: str) -> None:
    ledger = begin(tmp_path)
    ledger.commit([trained(trial) for trial in all_trials(ledger)], [], 3)
    ledger.close()
    with connected(tmp_path) as connection:
        connection.execute(statement)
    with pytest.raises(InputError, match=re.escape(message)) as refusal:
        export_campaign(tmp_path, tmp_path / "t.arrow")
    assert "ledger.sqlite" in str(refusal.value)
    assert not (tmp_path / "t.arrow").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"test_accuracy": 7.5}, "test_accuracy is 7.5"),
        ({"training_time_s": -1.0}, "training_time_s is -1"),
        ({"epochs": 3.0}, "epochs is 3"),
    ],
)
def test_impossible_numbers_without_a_digest_are_not_exported(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with begin(tmp_path) as ledger:
        trial = all_trials(ledger)[0]
        sound = trained(trial)
        ledger.commit([replace(sound, evaluations=(replace(sound.evaluations[-1], **changes),))], [], 3)
    with pytest.raises(InputError, match=message):
        export_campaign(tmp_path, tmp_path / "t.arrow")


def test_a_ledger_of_a_version_without_digests_is_exported(tmp_path: Path) -> None:
    ledger = begin(tmp_path)
    ledger.commit([trained(trial) for trial in all_trials(ledger)], [], 3)
    ledger.close()
    with connected(tmp_path) as connection:
        connection.execute("DROP TABLE result_digests")
    assert export_campaign(tmp_path, tmp_path / "t.arrow").rows == 28


def test_the_cells_of_a_large_campaign_are_counted_by_the_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nasbench_pytorch.campaign.export.rows._LARGE_CAMPAIGN", 0)
    ledger = begin(tmp_path)
    ledger.commit([trained(trial) for trial in all_trials(ledger)], [], 3)
    ledger.close()
    assert export_campaign(tmp_path, tmp_path / "t.arrow").rows == 28
    with connected(tmp_path) as connection:
        connection.execute("UPDATE cells SET parameters = parameters + 1 WHERE number = 3")
    with pytest.raises(InputError, match=r"the cell has .* parameters"):
        export_campaign(tmp_path, tmp_path / "t.arrow")


def test_a_tfrecord_of_few_repeats_is_reported(tmp_path: Path) -> None:
    with begin(tmp_path) as ledger:
        ledger.commit([trained(trial) for trial in all_trials(ledger)], [], 3)
    assert export_campaign(tmp_path, tmp_path / "t.arrow").few_repeats == 0
    assert export_campaign(tmp_path, tmp_path / "t.tfrecord").few_repeats == 7 * 2  # cells × budgets, two repeats each


def test_scratch_folders_of_killed_exports_are_removed_and_others_stay(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from nasbench_pytorch.campaign.export.scratch import scratch_folder\n"
        "with scratch_folder(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'table.arrow').write_bytes(b'half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=DEADLINE_S)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(tmp_path.glob(".export-*"))) == 1
    (tmp_path / ".export-mine").mkdir()
    (tmp_path / ".export-mine" / "notes.txt").touch()
    (tmp_path / ".export-new").mkdir()  # its owner has not made the lock yet
    with scratch_folder(tmp_path) as first, scratch_folder(tmp_path) as second:
        assert first.is_dir() and second.is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".export-mine", ".export-new"]
