"""Parquet files that are not CIFAR-10 are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.helpers.datasets_refusal import refusal
from tests.helpers.datasets_tiny_cifar10 import Publish, encoded


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
def test_parquet_files_with_other_columns_are_refused(
    publish: Publish, tmp_path: Path, columns: dict[str, Any], said: str
) -> None:
    write_parquet(tmp_path / "cifar10", columns)
    publish(tmp_path)
    assert said in refusal(tmp_path)


def test_parquet_images_of_another_size_or_label_are_refused(publish: Publish, tmp_path: Path) -> None:
    for side, label, said in ((28, 3, "image of 28×28"), (32, 10, "image 0 has label 10; CIFAR-10 has labels 0 to 9")):
        picture = encoded(np.zeros((3, side, side), np.uint8), "PNG")
        write_parquet(tmp_path / "cifar10", {"img": [picture], "label": [label]})
        publish(tmp_path)
        assert said in refusal(tmp_path)
