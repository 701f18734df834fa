"""Parquet files that are not CIFAR-10 are refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from PIL import Image

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


def test_images_are_neither_of_other_formats_nor_decoded_at_another_size(publish: Publish, tmp_path: Path) -> None:
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 32 32\n%%EndComments\n%%EOF\n"
    large = io.BytesIO()
    Image.new("L", (6000, 5000)).save(large, "PNG")
    for content, said in (
        (eps, "neither PNG nor JPEG"),
        (encoded(np.zeros((3, 32, 32), np.uint8), "BMP")["bytes"], "neither PNG nor JPEG"),
        (large.getvalue(), "image of 5000×6000"),
    ):
        write_parquet(tmp_path / "cifar10", {"img": [{"bytes": content}], "label": [3]})
        publish(tmp_path)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Image.Image, "convert", lambda *_: pytest.fail("decoded"))
            assert said in refusal(tmp_path)


def test_a_label_of_64_bits_without_a_sign_is_refused(publish: Publish, tmp_path: Path) -> None:
    picture = encoded(np.zeros((3, 32, 32), np.uint8), "PNG")
    write_parquet(tmp_path / "cifar10", {"img": [picture], "label": pa.array([2**63], pa.uint64())})
    publish(tmp_path)
    assert "a label is above 9 or below 0" in refusal(tmp_path)


def test_a_small_file_of_many_rows_is_refused(publish: Publish, tmp_path: Path) -> None:
    picture = encoded(np.zeros((3, 32, 32), np.uint8), "PNG")
    write_parquet(tmp_path / "cifar10", {"img": [picture] * 60_001, "label": [3] * 60_001})
    publish(tmp_path)
    assert "60,001 rows, at most 60,000 are expected" in refusal(tmp_path)
