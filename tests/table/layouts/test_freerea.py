from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import NASBench, import_table, read_freerea_accuracies

CELLS = 423_624
DATA = os.environ.get("NASBENCH_DEV_DATA")


PUBLISHED = Path(DATA or "") / "data" / "layouts" / "freerea_accuracies.pkl.gz"
needs_data = pytest.mark.skipif(DATA is None, reason="needs the published file")


@needs_data
def test_the_published_accuracies_are_read() -> None:
    known = np.load(Path(str(DATA)) / "data" / "nasbench101_sample" / "test_mean_108_all_cells.npz")
    assert np.array_equal(read_freerea_accuracies(PUBLISHED), known["correct_of_29952"])


@needs_data
@pytest.mark.slow
def test_the_published_accuracies_are_imported(tmp_path: Path) -> None:
    report = import_table(PUBLISHED, tmp_path / "t.arrow")
    table = NASBench(tmp_path / "t.arrow")
    best = table.best()[0]
    assert (best.hash, best.value) == ("02e5a0247bbdcf2860b7e96f74961594", 0.943175752957662)
    assert report.findings.cells == report.findings.rows == CELLS
    assert report.findings.other_accuracies > CELLS // 2
    assert "validation_accuracy" in report.metadata.absent_fields


@pytest.fixture(scope="module")
def pandas() -> Any:
    return pytest.importorskip("pandas")


def _written(folder: Path, frame: Any, protocol: int = 4) -> Path:
    path = folder / "accuracies.pkl"
    path.write_bytes(pickle.dumps(frame, protocol))
    return path


def test_a_frame_of_this_pandas_is_read_in_any_order(pandas: Any, tmp_path: Path) -> None:
    counts = np.arange(CELLS) % 29_953
    order = np.random.default_rng(0).permutation(CELLS)
    frame = pandas.DataFrame({"index": order, "accuracy": counts[order] / 29_952})
    for protocol in (2, 5):
        assert np.array_equal(read_freerea_accuracies(_written(tmp_path, frame, protocol)), counts)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.iloc[:-1], "423,623 rows whose index is not 0 to 423,623, each once"),
        (lambda frame: frame.assign(index=0), "each once"),
        (lambda frame: frame.assign(accuracy=0.1234567), "the accuracy of index 0 is 0.1234567, no whole number"),
        (lambda frame: frame.assign(accuracy=float("nan")), "no whole number"),
        (lambda frame: frame.assign(accuracy=-0.5), "no whole number"),
        (lambda frame: frame.rename(columns={"accuracy": "acc"}), "a data frame with the columns index, acc"),
        (lambda frame: frame.assign(index=frame["index"] / 2), "index is float64"),
        (lambda frame: frame.to_dict("list"), "no data frame"),
    ],
)
def test_another_frame_is_refused(pandas: Any, change: Any, message: str, tmp_path: Path) -> None:
    frame = pandas.DataFrame({"index": np.arange(CELLS), "accuracy": np.full(CELLS, 0.5)})
    if message == "no data frame":
        frame = frame.iloc[:5]
    with pytest.raises(InputError, match=message):
        read_freerea_accuracies(_written(tmp_path, change(frame)))


def test_a_frame_that_would_run_code_is_refused(pandas: Any, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "trap"),)

    frame = pandas.DataFrame({"index": [0], "accuracy": [Trap()]})
    with pytest.raises(InputError, match=r"refused: the pickle asks for .*mkdir"):
        read_freerea_accuracies(_written(tmp_path, frame))
    assert not (tmp_path / "trap").exists()
