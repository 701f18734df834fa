"""The table that comes with the package, compared with its campaign's ledger and with the search space."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from nasbench_pytorch.campaign.export.export import export_campaign
from nasbench_pytorch.cli import main
from nasbench_pytorch.space import Skeleton, count_parameters, enumerate_cells, select_where
from nasbench_pytorch.table import NASBench, TableFile, verify
from nasbench_pytorch.table.default_table import EMBEDDED_TABLE

LEDGER = Path(__file__).parents[2] / "docs" / "results" / "mini" / "ledger.sqlite"
SKELETON = Skeleton(stem_out_channels=16, num_stacks=3, num_modules_per_stack=1)


@pytest.fixture(scope="module")
def mini() -> NASBench:
    return NASBench(EMBEDDED_TABLE)


def test_it_has_every_small_cell_at_both_budgets_three_times(mini: NASBench) -> None:
    small = select_where(enumerate_cells(), "vertices<=4")
    assert set(mini) == set(small.hashes())
    assert len(mini) == 91
    keys = [(row["hash"], row["epochs"], row["repeat"]) for row in mini.to_arrow().to_pylist()]
    assert sorted(keys) == sorted((one, epochs, repeat) for one in mini for epochs in (4, 12) for repeat in range(3))
    assert EMBEDDED_TABLE.stat().st_size < 8e6


def test_it_equals_an_export_of_its_campaigns_ledger(mini: NASBench, tmp_path: Path) -> None:
    # A copy, because reading a ledger creates files beside it.
    shutil.copy(LEDGER, tmp_path)
    report = export_campaign(tmp_path, tmp_path / "t.arrow")
    assert (report.rows, report.failed, report.missing) == (546, 0, 0)
    again = NASBench(tmp_path / "t.arrow")
    assert again.to_arrow().equals(mini.to_arrow())
    assert again.about == mini.about


def test_it_is_sound_and_its_parameter_counts_are_right(mini: NASBench) -> None:
    assert verify(TableFile(EMBEDDED_TABLE)).problems == ()
    counts = {row["hash"]: row["trainable_parameters"] for row in mini.to_arrow().to_pylist()}
    assert counts == {one: count_parameters(mini.spec(one), SKELETON) for one in mini}


def test_it_describes_itself(mini: NASBench) -> None:
    for text in (
        "Not the published NAS-Bench-101, but a table of our own", "cifar10", "JPEG", "10,000 training images",
        "another skeleton than the published table's", "16 channels", "this package's recipe", "CPU AMD EPYC",
    ):  # fmt: skip
        assert text in mini.about
    described = {field.name: field.meaning for field in mini.describe()}
    assert described["about"] == mini.about
    assert "the first 3,072 training images" in described["train_accuracy"]
    assert set(mini.to_arrow().column_names) <= set(described)
    assert "mean training loss of each epoch" in described["curve"]
    assert mini.table.metadata.evaluation_images == 3072


def test_in_the_originals_format_it_is_sound_and_answers_the_same(mini: NASBench, tmp_path: Path) -> None:
    shutil.copy(LEDGER, tmp_path)
    export_campaign(tmp_path, tmp_path / "t.tfrecord")
    flags = "--evaluation-images 3072 --num-labels 10 --in-channels 3 --stem-out-channels 16 --num-stacks 3"
    command = ["table", "verify", str(tmp_path / "t.tfrecord"), *flags.split(), "--num-modules-per-stack", "1"]
    assert main(command) == 0
    again, original = NASBench(tmp_path / "t.tfrecord", seed=1), NASBench(EMBEDDED_TABLE, seed=1)
    for module_hash in mini:
        answers = [table.query(mini.spec(module_hash), epochs=12) for table in (again, original)]
        matrices = [answer.pop("module_adjacency").tolist() for answer in answers]
        assert answers[0] == answers[1]
        assert matrices[0] == matrices[1]
    assert again.get_budget_counters() == original.get_budget_counters()


def test_its_cells_differ_by_more_than_repeats_of_one(mini: NASBench) -> None:
    hashes = list(mini)
    found = np.stack([mini.lookup(hashes, "validation_accuracy", epochs=12, repeat=repeat) for repeat in range(3)])
    assert np.median(found.mean(axis=0)) >= 0.30
    assert found.mean(axis=0).var(ddof=1) > 4 * found.var(axis=0, ddof=1).mean()


def test_commands_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "verify", "mini"]) == 0
    assert "91 cells and 546 rows checked: all sound" in capsys.readouterr().out
