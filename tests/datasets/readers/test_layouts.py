"""Layouts are found in the root and below it, the best one first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.datasets import load_cifar10
from nasbench_pytorch.datasets.readers import find_layout

if TYPE_CHECKING:
    import pytest

    from tests.helpers.datasets_tiny_cifar10 import Publish, TinyCifar10


def test_a_layout_is_found_from_its_folder_and_from_ancestors(data_folder: Path) -> None:
    folder = data_folder / "cifar-10-batches-py"
    deep = data_folder / "a" / "b" / "c"
    deep.mkdir(parents=True)
    folder.rename(deep / "renamed")
    for root in (deep / "renamed", deep, data_folder):
        assert len(load_cifar10(root, validation_size=100, download=False).train) == 400


def test_a_relative_root_is_searched_too(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(data_folder)
    assert len(load_cifar10(".", validation_size=100, download=False).train) == 400


def test_a_complete_layout_is_preferred_to_an_incomplete_one(
    tiny: TinyCifar10, publish: Publish, tmp_path: Path
) -> None:
    tiny.write("cifar-10-batches-py", tmp_path)
    (tmp_path / "cifar-10-batches-py" / "data_batch_3").unlink()
    tiny.write("cifar-10-python.tar.gz", tmp_path)
    publish(tmp_path)
    assert load_cifar10(tmp_path, validation_size=0).source == "cifar-10-python.tar.gz"


def test_parquet_files_of_another_data_set_are_passed_over(tiny: TinyCifar10, publish: Publish, tmp_path: Path) -> None:
    for name in ("another", "cifar100", "data_cifar-10", "zzz"):
        tiny.write_parquet(tmp_path / name)
    publish(tmp_path)
    layout = find_layout(tmp_path)
    assert layout is not None
    assert layout.path == tmp_path / "data_cifar-10"
