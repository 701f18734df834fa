from __future__ import annotations

import copy
import gzip
import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from nasbench_pytorch.datasets import load_cifar10
from nasbench_pytorch.datasets.readers.python_batches import read_batch
from nasbench_pytorch.errors import InputError
from tests.datasets.tiny_cifar10 import MEMBERS, encoded


def refusal(root: Path, **options: Any) -> str:
    """The one line that a person would read."""
    before = sorted(root.rglob("*")) if root.is_dir() else None
    with pytest.raises(InputError) as caught:
        load_cifar10(root, **{"validation_size": 100, "download": False, **options})
    assert "\n" not in str(caught.value)
    assert (sorted(root.rglob("*")) if root.is_dir() else None) == before
    return str(caught.value)


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda _: None, "there is no such folder"),
        (lambda root: root.mkdir(), "the folder is empty"),
        (lambda root: (root / "sub").mkdir(parents=True), "none of the known layouts"),
    ],
)
def test_without_data_three_ways_out_are_named(
    publish: Any, tmp_path: Path, prepare: Callable[[Path], None], said: str
) -> None:
    publish(tmp_path)
    root = tmp_path / "data"
    prepare(root)
    message = refusal(root)
    for part in (said, str(root), "--data-root", "cifar-10-batches-py/", "http://127.0.0.1:9", "--dataset digits"):
        assert part in message


def test_a_file_is_not_a_data_folder(publish: Any, tmp_path: Path) -> None:
    publish(tmp_path)
    file = tmp_path / "images.zip"
    file.touch()
    assert refusal(file) == f"{file} is a file; give the folder that holds it"


def shorten(path: Path, keep: float = 0.6) -> None:
    os.truncate(path, int(path.stat().st_size * keep))


@pytest.mark.parametrize(
    ("layout", "file"),
    [
        ("cifar-10-batches-py", "cifar-10-batches-py/data_batch_2"),
        ("cifar-10-batches-bin", "cifar-10-batches-bin/data_batch_2.bin"),
        ("cifar-10-python.tar.gz", "cifar-10-python.tar.gz"),
        ("cifar-10-binary.tar.gz", "cifar-10-binary.tar.gz"),
        ("parquet", "cifar10/plain_text/train-00001-of-00002.parquet"),
    ],
)
def test_truncated_files_are_named(tiny: Any, publish: Any, tmp_path: Path, layout: str, file: str) -> None:
    tiny.write(layout, tmp_path)
    shorten(tmp_path / file, keep=0.617)
    publish(tmp_path)  # so that the archives' checksums are right and the reader itself must notice
    message = refusal(tmp_path)
    assert Path(file).name in message
    assert "truncated or damaged" in message
    assert "delete it" in message


@pytest.mark.parametrize("archive", ["cifar-10-python.tar.gz", "cifar-10-binary.tar.gz"])
def test_an_archive_with_a_wrong_checksum_is_refused(tiny: Any, publish: Any, tmp_path: Path, archive: str) -> None:
    tiny.write(archive, tmp_path)
    publish(tmp_path)
    with (tmp_path / archive).open("ab") as stream:
        stream.write(b"\0")
    assert re.search(r"wrong checksum: MD5 [0-9a-f]{32}, published [0-9a-f]{32}", refusal(tmp_path))


def test_an_archive_without_a_batch_is_refused(tiny: Any, publish: Any, tmp_path: Path) -> None:
    files = dict.fromkeys(MEMBERS, b"")
    del files["data_batch_4"]
    tiny.write_archive(tmp_path / "cifar-10-python.tar.gz", "cifar-10-batches-py", files)
    publish(tmp_path)
    assert "data_batch_4 missing" in refusal(tmp_path)


def test_an_archive_that_is_none_is_refused(publish: Any, tmp_path: Path) -> None:
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(gzip.compress(b"<html>please log in</html>"))
    publish(tmp_path)
    assert "truncated or damaged" in refusal(tmp_path)


def test_missing_batches_are_named(tiny: Any, publish: Any, tmp_path: Path) -> None:
    tiny.write("cifar-10-batches-bin", tmp_path)
    for name in ("data_batch_1.bin", "test_batch.bin"):
        (tmp_path / "cifar-10-batches-bin" / name).unlink()
    publish(tmp_path)
    assert "data_batch_1.bin, test_batch.bin missing" in refusal(tmp_path)


@pytest.mark.parametrize("layout", ["cifar-10-batches-py", "cifar-10-batches-bin", "parquet"])
def test_too_many_training_images_are_refused(tiny: Any, publish: Any, tmp_path: Path, layout: str) -> None:
    longer = copy.deepcopy(tiny)
    longer.batches["data_batch_2"] = longer.train
    longer.write(layout, tmp_path)
    publish(tmp_path)
    assert "900 training images, CIFAR-10 has 500" in refusal(tmp_path)


def test_a_batch_that_ends_early_at_a_record_is_noticed(tiny: Any, publish: Any, tmp_path: Path) -> None:
    tiny.write("cifar-10-batches-bin", tmp_path)
    shorten(tmp_path / "cifar-10-batches-bin" / "test_batch.bin", keep=0.5)
    publish(tmp_path)
    assert "50 test images, CIFAR-10 has 100" in refusal(tmp_path)


def write_parquet(folder: Path, columns: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    for split in ("train", "test"):
        pyarrow.parquet.write_table(pa.table(columns), folder / f"{split}-00000-of-00001.parquet")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"img": [{"bytes": b"x"}], "fine_label": [3]}, "no column label or labels; it has: img, fine_label"),
        ({"text": ["x"], "label": [3]}, "no column img or image"),
        ({"img": ["x"], "label": [3]}, "images must be encoded bytes, found string"),
        ({"img": [{"bytes": b"x"}], "label": [3]}, "row 0: this image cannot be decoded"),
        ({"img": pa.array([{"bytes": None}], pa.struct({"bytes": pa.binary()})), "label": [3]}, "no image in this row"),
    ],
)
def test_parquet_files_of_something_else_are_refused(
    publish: Any, tmp_path: Path, columns: dict[str, Any], said: str
) -> None:
    write_parquet(tmp_path / "cifar10", columns)
    publish(tmp_path)
    assert said in refusal(tmp_path)


def test_parquet_images_of_another_size_or_label_are_refused(publish: Any, tmp_path: Path) -> None:
    for side, label, said in ((28, 3, "image of 28×28"), (32, 10, "image 0 has label 10; CIFAR-10 has labels 0 to 9")):
        picture = encoded(np.zeros((3, side, side), np.uint8), "PNG")
        write_parquet(tmp_path / "cifar10", {"img": [picture], "label": [label]})
        publish(tmp_path)
        assert said in refusal(tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"validation_size": 500}, "validation size must be 0 to 499"),
        ({"validation_size": -1}, "got -1"),
        ({"split": "middle"}, "unknown split 'middle'; there are: file_order, random"),
        ({"split": "random", "split_seed": -1}, "split seed must be 0 to"),
        ({"train_eval_images": 0}, "at least 1"),
    ],
)
def test_impossible_splits_are_refused_before_reading(
    publish: Any, tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    publish(tmp_path)
    assert said in refusal(tmp_path / "nowhere", **options)


class Malicious:
    """Asks, as any pickle can, for a command to be run by whoever loads it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.file}",)


def test_a_pickle_cannot_run_anything(tmp_path: Path) -> None:
    trace = tmp_path / "was_here"
    for content in (Malicious(trace), {b"data": Malicious(trace), b"labels": []}):
        with pytest.raises(InputError, match=r"asks for (posix|nt)\.system"):
            read_batch(pickle.dumps(content), "batch")
    assert not trace.exists()


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        ([1, 2], "not a CIFAR-10 batch"),
        ({b"data": np.zeros((2, 3), np.uint8), b"labels": [0, 1]}, "uint8 .images, 3072"),
        ({b"data": np.zeros((2, 3072), np.int64), b"labels": [0, 1]}, "uint8 .images, 3072"),
        ({b"data": np.zeros((2, 3072), np.float32), b"labels": [0, 1]}, "array of float32"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0]}, "2 images but 1 labels"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": ["a", "b"]}, "whole numbers"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"fine_labels": [0, 1]}, "whole numbers"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, 77]}, "image 1 has label 77"),
        ({b"data": np.array([None, "x"], object), b"labels": [0, 1]}, "array of object"),
    ],
)
def test_pickles_of_something_else_are_refused(batch: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_batch(pickle.dumps(batch, protocol=2), "batch")
