"""The predicted and the semi-real table: what they hold, that they say what they are, and that all machines agree."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.enumerate import nasbench101_space
from nasbench_pytorch.table import NASBench, TableFile, predicted
from nasbench_pytorch.table.modelled.cell_means import CellMeans
from nasbench_pytorch.table.storage.fields import ROW_FIELDS
from tests.helpers.deadlines import DEADLINE_S

if TYPE_CHECKING:
    from nasbench_pytorch.space import SearchSpace

CELLS = 400
BUDGETS = (4, 12, 36, 108)
ACCURACIES = tuple(f"{stage}{kind}_accuracy" for stage in ("", "halfway_") for kind in ("train", "validation", "test"))


@pytest.fixture(autouse=True)
def slice_of_the_space(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> SearchSpace:
    """The first cells stand for all, but in the slow tests."""
    whole = nasbench101_space()
    if request.node.get_closest_marker("slow"):
        return whole
    space, means = whole.subset(np.arange(CELLS)), first_means()
    monkeypatch.setattr(predicted, "nasbench101_space", lambda: space)
    monkeypatch.setattr(predicted, "_installed_means", lambda: means)
    return space


def first_means() -> CellMeans:
    """The predictions of the first cells."""
    means = CellMeans.load()
    whole = {"levels", "residuals", "test_slopes"}

    def first(value: Any) -> Any:
        return {key: array[:CELLS] for key, array in value.items()} if isinstance(value, dict) else value[:CELLS]

    names = [field.name for field in dataclasses.fields(means)]
    return dataclasses.replace(means, **{name: first(getattr(means, name)) for name in names if name not in whole})


def known_sums() -> npt.NDArray[np.int64]:
    """Sums of three tests, of failed cells too."""
    return np.random.default_rng(0).integers(2990, 28252, CELLS)


def test_every_cell_has_three_trainings_at_each_of_four_budgets(
    tmp_path: Path, slice_of_the_space: SearchSpace
) -> None:
    predicted.build_predicted_table(tmp_path / "new folder" / "p.arrow")
    table = TableFile(tmp_path / "new folder" / "p.arrow")
    assert (table.cells, table.rows, table.metadata.epochs, table.metadata.repeats) == (CELLS, CELLS * 12, BUDGETS, 3)
    assert [table.hash_of(cell) for cell in range(CELLS)] == slice_of_the_space.hashes()
    benchmark = NASBench(table.path)
    for row in range(0, CELLS, 37):
        spec = slice_of_the_space[row]
        fixed, computed = benchmark.get_metrics_from_spec(spec)
        assert (fixed["module_adjacency"] == spec.matrix).all() and fixed["module_operations"] == spec.ops
        assert fixed["trainable_parameters"] == slice_of_the_space.columns.trainable_parameters[row]
        assert {epochs: len(runs) for epochs, runs in computed.items()} == dict.fromkeys(BUDGETS, 3)


def test_accuracies_are_whole_numbers_of_9984_images_in_single_precision(tmp_path: Path) -> None:
    predicted.build_predicted_table(tmp_path / "p.arrow")
    table = TableFile(tmp_path / "p.arrow")
    for name in ACCURACIES:
        values = table.values(name, slice(None))
        counts = np.round(values * 9984)
        assert (values == (counts / 9984).astype(np.float32)).all() and counts.min() >= 0 and counts.max() <= 9984


def test_longer_trainings_take_longer_and_half_of_one_half_the_time(tmp_path: Path) -> None:
    predicted.build_predicted_table(tmp_path / "p.arrow")
    table = TableFile(tmp_path / "p.arrow")
    time_s = table.values("training_time", slice(None)).reshape(CELLS, 4, 3)
    assert (np.diff(time_s, axis=1) > 0).all()
    half_s = table.values("halfway_training_time", slice(None)).reshape(CELLS, 4, 3)
    np.testing.assert_allclose(half_s / time_s, 0.5, atol=0.01)


def test_three_tests_of_the_semireal_table_have_the_published_sum(tmp_path: Path) -> None:
    known = known_sums()
    predicted.build_semireal_table(known.astype(np.uint16), tmp_path / "s.arrow")
    table = TableFile(tmp_path / "s.arrow")
    tests = table.values("test_accuracy", slice(None)).reshape(CELLS, 4, 3)
    np.testing.assert_array_equal(np.round(tests[:, 3] * 9984).sum(axis=1), known)
    benchmark = NASBench(table.path)
    hashes = [table.hash_of(cell) for cell in range(CELLS)]
    np.testing.assert_allclose(benchmark.lookup(hashes, "test_accuracy", 108), known / 29952, atol=1e-7)


def test_a_table_says_what_it_is_and_where_each_field_is_from(tmp_path: Path) -> None:
    predicted.build_predicted_table(tmp_path / "p.arrow")
    predicted.build_semireal_table(known_sums(), tmp_path / "s.arrow")
    for name, word in (("p", "Predicted"), ("s", "Semi-real")):
        benchmark = NASBench(tmp_path / f"{name}.arrow")
        assert benchmark.about.startswith(word) and "never for a result in a paper" in benchmark.about
        origins = benchmark.table.metadata.about["origins"]
        meanings = {field.name: field.meaning for field in benchmark.describe()}
        for field in ROW_FIELDS:
            if field.endswith("current_epoch"):
                continue  # half of the budget, and the budget: a definition
            if field in benchmark.table.metadata.absent_fields:
                assert "absent from this table" in meanings[field] and field.startswith(("start_", "total"))
            else:
                assert meanings[field].endswith(origins[field]), field
    assert "published" in meanings["test_accuracy"] and meanings["validation_accuracy"].endswith("predicted")


def test_other_processes_write_the_same_bytes(tmp_path: Path) -> None:
    predicted.build_predicted_table(tmp_path / "here.arrow")
    script = (
        "import sys, numpy as np; from pathlib import Path; from tests.table import test_predicted as t\n"
        "from nasbench_pytorch.table import predicted as p\n"
        "space, means = p.nasbench101_space().subset(np.arange(t.CELLS)), t.first_means()\n"
        "p.nasbench101_space, p._installed_means = (lambda: space), (lambda: means)\n"
        "p.build_predicted_table(Path(sys.argv[1]))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "LC_ALL": "C"}
    root = Path(__file__).parent.parent.parent
    command = [sys.executable, "-c", script, str(tmp_path / "there.arrow")]
    subprocess.run(command, check=True, timeout=DEADLINE_S, env=environment, cwd=root)
    digests = [hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("here.arrow", "there.arrow")]
    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros(3, np.int64), "shape (3,)"),
        (np.zeros(CELLS), "whole numbers"),
        (np.full(CELLS, 29953), "correct_of_29952[0] is 29953; allowed are 0 to 29952"),
        (np.full(CELLS, -1), "is -1"),
    ],
)
def test_numbers_that_are_no_sums_of_tests_are_refused(given: npt.NDArray[Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        predicted.build_semireal_table(given, tmp_path / "s.arrow")
    assert message in str(refusal.value) and "\n" not in str(refusal.value)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_one_line_that_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(predicted, "write_modelled_table", full)
    with pytest.raises(InputError, match=r"p\.arrow: .*No space left on device.*152 MB.*NASBENCH_CACHE_DIR") as refusal:
        predicted.build_predicted_table(tmp_path / "p.arrow")
    assert "\n" not in str(refusal.value) and not list(tmp_path.iterdir())


@pytest.mark.slow
def test_the_whole_space_is_built(tmp_path: Path) -> None:
    predicted.build_predicted_table(tmp_path / "p.arrow")
    benchmark = NASBench(tmp_path / "p.arrow")
    assert len(benchmark) == 423_624 and benchmark.table.rows == 5_083_488
    assert 0.9425 < benchmark.best("test_accuracy")[0].value < 0.944


@pytest.mark.slow
def test_the_best_cell_of_the_semireal_table_is_the_published_one(tmp_path: Path, dev_data: Path) -> None:
    column = np.load(dev_data / "data" / "nasbench101_sample" / "test_mean_108_all_cells.npz")["correct_of_29952"]
    predicted.build_semireal_table(column, tmp_path / "s.arrow")
    best = NASBench(tmp_path / "s.arrow").best("test_accuracy", 108)[0]
    assert best.hash == "02e5a0247bbdcf2860b7e96f74961594" and abs(best.value - 0.943175752957662) < 1e-7
