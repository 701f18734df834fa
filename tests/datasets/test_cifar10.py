from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from nasbench_pytorch.datasets import load_cifar10

if TYPE_CHECKING:
    from tests.helpers.datasets_tiny_cifar10 import Publish, TinyCifar10

LAYOUTS = [
    "cifar-10-batches-py",
    "cifar-10-python.tar.gz",
    "cifar-10-batches-bin",
    "cifar-10-binary.tar.gz",
    "parquet (PNG)",
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_images_in_file_order(
    tiny: TinyCifar10, publish: Publish, tmp_path: Path, layout: str
) -> None:
    tiny.write(layout, tmp_path)
    publish(tmp_path)
    data = load_cifar10(tmp_path, validation_size=100, train_eval_images=100, download=False)
    assert data.source == layout
    assert (data.name, data.num_labels) == ("cifar10", 10)
    images, labels = tiny.train
    np.testing.assert_array_equal(data.train.images.numpy(), images[:400])
    np.testing.assert_array_equal(data.train.labels.numpy(), labels[:400])
    np.testing.assert_array_equal(data.validation.images.numpy(), images[400:])
    np.testing.assert_array_equal(data.validation.labels.numpy(), labels[400:])
    np.testing.assert_array_equal(data.test.images.numpy(), tiny.test[0])
    np.testing.assert_array_equal(data.test.labels.numpy(), tiny.test[1])
    np.testing.assert_array_equal(data.train_eval.images.numpy(), images[:100])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_reading_leaves_the_data_folder_as_it_was(
    tiny: TinyCifar10, publish: Publish, tmp_path: Path, layout: str
) -> None:
    tiny.write(layout, tmp_path)
    publish(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    load_cifar10(tmp_path, validation_size=100, download=False)
    assert sorted(tmp_path.rglob("*")) == before


def test_recoded_images_are_named_in_the_source(tiny: TinyCifar10, publish: Publish, tmp_path: Path) -> None:
    tiny.write_parquet(tmp_path / "cifar10", kind="JPEG")
    publish(tmp_path)
    assert load_cifar10(tmp_path, validation_size=100).source == "parquet (JPEG re-coded)"


def test_no_validation_trains_on_all_images(data_folder: Path, tiny: TinyCifar10) -> None:
    data = load_cifar10(data_folder, validation_size=0)
    assert len(data.validation) == 0
    np.testing.assert_array_equal(data.train.images.numpy(), tiny.train[0])
    assert torch.equal(data.sample.images, load_cifar10(data_folder, validation_size=100).sample.images)


def test_the_sample_is_the_first_ten_of_each_class_of_the_last_batch(data_folder: Path, tiny: TinyCifar10) -> None:
    images, labels = tiny.batches["data_batch_5"]
    expected = np.concatenate([images[labels == label][:10] for label in range(10)])
    sample = load_cifar10(data_folder, validation_size=100).sample
    np.testing.assert_array_equal(sample.images.numpy(), expected)
    np.testing.assert_array_equal(sample.labels.numpy(), np.repeat(np.arange(10), 10))


def test_a_random_split_is_numpys_choice_and_keeps_file_order(data_folder: Path, tiny: TinyCifar10) -> None:
    data = load_cifar10(data_folder, validation_size=120, split="random", split_seed=7)
    chosen = np.random.RandomState(7).choice(500, 120, replace=False)
    rest = np.setdiff1d(np.arange(500), chosen)
    np.testing.assert_array_equal(data.validation.images.numpy(), tiny.train[0][np.sort(chosen)])
    np.testing.assert_array_equal(data.train.labels.numpy(), tiny.train[1][rest])
    other = load_cifar10(data_folder, validation_size=120, split="random", split_seed=8)
    assert not torch.equal(data.validation.images, other.validation.images)


def test_train_eval_shares_memory_with_train_on_every_device(data_folder: Path) -> None:
    data = load_cifar10(data_folder, validation_size=100, train_eval_images=50)
    moved = data.to("cpu")
    for each in (data, moved):
        assert each.train_eval.images.data_ptr() == each.train.images.data_ptr()
        assert len(each.train_eval) == 50
    assert len(data.to("meta").train_eval) == 50


@pytest.mark.slow
def test_the_real_data_have_cifar10s_counts_and_mean(dev_data: Path) -> None:
    data = load_cifar10(dev_data / "data", download=False)
    sizes = [len(each) for each in (data.train, data.train_eval, data.validation, data.test, data.sample)]
    assert sizes == [40_000, 10_000, 10_000, 10_000, 100]
    mean = data.train.images.to(torch.float64).mean((0, 2, 3))
    np.testing.assert_allclose(mean, [125.31, 122.95, 113.87], atol=0.3)
    assert torch.bincount(torch.cat([data.train.labels, data.validation.labels])).tolist() == [5_000] * 10
