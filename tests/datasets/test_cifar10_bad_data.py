"""Missing, incomplete and damaged data are refused."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.datasets_refusal import refusal

if TYPE_CHECKING:
    from tests.helpers.datasets_tiny_cifar10 import Publish, TinyCifar10


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda _: None, "there is no such folder"),
        (lambda root: root.mkdir(), "the folder is empty"),
        (lambda root: (root / "sub").mkdir(parents=True), "none of the known layouts"),
    ],
)
def test_without_data_three_options_are_named(
    publish: Publish, tmp_path: Path, prepare: Callable[[Path], None], said: str
) -> None:
    publish(tmp_path)
    root = tmp_path / "data"
    prepare(root)
    message = refusal(root)
    for part in (said, str(root), "--data-root", "cifar-10-batches-py/", "http://127.0.0.1:9", "--dataset digits"):
        assert part in message


def test_a_file_is_not_a_data_folder(publish: Publish, tmp_path: Path) -> None:
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
def test_truncated_files_are_named(tiny: TinyCifar10, publish: Publish, tmp_path: Path, layout: str, file: str) -> None:
    tiny.write(layout, tmp_path)
    shorten(tmp_path / file, keep=0.617)
    publish(tmp_path)  # so that the archives' checksums are right and the reader must find the damage
    message = refusal(tmp_path)
    assert Path(file).name in message
    assert "truncated or damaged" in message
    assert "delete it" in message


def test_a_flipped_bit_of_a_batch_file_is_found_by_its_checksum(data_folder: Path) -> None:
    file = data_folder / "cifar-10-batches-py" / "data_batch_4"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    message = refusal(data_folder)
    assert "data_batch_4: wrong checksum: MD5" in message
    assert "delete it and download it again" in message


def test_a_batch_file_of_an_absurd_size_is_not_read(data_folder: Path) -> None:
    os.truncate(data_folder / "cifar-10-batches-py" / "data_batch_4", 2**40)  # takes no space
    assert "data_batch_4: 1,099,511,627,776 bytes" in refusal(data_folder)


def test_missing_batches_are_named(tiny: TinyCifar10, publish: Publish, tmp_path: Path) -> None:
    tiny.write("cifar-10-batches-bin", tmp_path)
    for name in ("data_batch_1.bin", "test_batch.bin"):
        (tmp_path / "cifar-10-batches-bin" / name).unlink()
    publish(tmp_path)
    assert "data_batch_1.bin, test_batch.bin missing" in refusal(tmp_path)


@pytest.mark.parametrize("layout", ["cifar-10-batches-py", "cifar-10-batches-bin", "parquet"])
def test_too_many_training_images_are_refused(tiny: TinyCifar10, publish: Publish, tmp_path: Path, layout: str) -> None:
    longer = copy.deepcopy(tiny)
    longer.batches["data_batch_2"] = longer.train
    longer.write(layout, tmp_path)
    publish(tmp_path)
    assert "900 training images, CIFAR-10 has 500" in refusal(tmp_path)


def test_a_batch_that_ends_early_at_a_record_is_noticed(tiny: TinyCifar10, publish: Publish, tmp_path: Path) -> None:
    tiny.write("cifar-10-batches-bin", tmp_path)
    shorten(tmp_path / "cifar-10-batches-bin" / "test_batch.bin", keep=0.5)
    publish(tmp_path)
    assert "50 test images, CIFAR-10 has 100" in refusal(tmp_path)


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
    publish: Publish, tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    publish(tmp_path)
    assert said in refusal(tmp_path / "nowhere", **options)
