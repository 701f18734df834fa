"""The loaders of nasbench-pytorch 1.3.1, used as in code written for that version."""

from __future__ import annotations

import inspect
import random
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from nasbench_pytorch.datasets.cifar10 import prepare_dataset, seed_worker, train_valid_split
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from tests.helpers.datasets_tiny_cifar10 import Publish, TinyCifar10


@pytest.fixture
def root(tiny: TinyCifar10, publish: Publish, tmp_path: Path) -> Path:
    tiny.write("cifar-10-batches-py", tmp_path)
    publish(tmp_path)
    return tmp_path


def gather(loader: Any) -> tuple[torch.Tensor, torch.Tensor]:
    images, labels = zip(*loader, strict=True)
    return torch.cat(images), torch.cat(labels)


def test_the_signature_is_that_of_1_3_1() -> None:
    defaults = {name: p.default for name, p in inspect.signature(prepare_dataset).parameters.items()}
    assert defaults == {
        "batch_size": inspect.Parameter.empty,
        "test_batch_size": 256,
        "root": "./data/",
        "use_validation": True,
        "split_from_end": True,
        "validation_size": 10_000,
        "random_state": None,
        "set_global_seed": False,
        "no_valid_transform": True,
        "num_workers": 0,
        "num_val_workers": 0,
        "num_test_workers": 0,
    }


def test_loaders_have_a_length_and_give_images_and_labels(root: Path) -> None:
    data = prepare_dataset(64, 30, root=root, validation_size=100, random_state=1, num_workers=4)
    assert set(data) == {"train", "train_size", "validation", "validation_size", "test", "test_size"}
    assert (data["train_size"], data["validation_size"], data["test_size"]) == (400, 100, 100)
    assert [len(data[name]) for name in ("train", "validation", "test")] == [7, 2, 4]
    batches = list(data["train"])
    assert [len(labels) for _, labels in batches] == [64] * 6 + [16]
    images, labels = batches[0]
    assert images.shape == (64, 3, 32, 32)
    assert (images.dtype, labels.dtype) == (torch.float32, torch.int64)


def test_images_are_normalised_with_the_old_deviations(root: Path, tiny: TinyCifar10) -> None:
    images, labels = gather(prepare_dataset(64, root=root, validation_size=100)["test"])
    raw, expected_labels = tiny.test
    mean, std = (np.reshape(values, (3, 1, 1)) for values in ([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010]))
    np.testing.assert_allclose(images, (raw / 255 - mean) / std, atol=2e-6)
    np.testing.assert_array_equal(labels, expected_labels)


def test_every_pass_has_a_new_order_of_all_training_images(root: Path, tiny: TinyCifar10) -> None:
    loader = prepare_dataset(64, root=root, validation_size=100, random_state=1)["train"]
    first, second = gather(loader), gather(loader)
    assert not torch.equal(first[1], second[1])
    assert torch.bincount(first[1]).tolist() == np.bincount(tiny.train[1][:400]).tolist()
    again = gather(prepare_dataset(64, root=root, validation_size=100, random_state=1)["train"])
    assert torch.equal(first[0], again[0])


def test_without_validation_all_images_are_for_training(root: Path) -> None:
    data = prepare_dataset(64, root=root, use_validation=False)
    assert set(data) == {"train", "train_size", "test", "test_size"}
    assert data["train_size"] == 500


def test_validation_comes_from_the_end_or_by_random_state(root: Path, tiny: TinyCifar10) -> None:
    from_end = gather(prepare_dataset(64, root=root, validation_size=100)["validation"])[1]
    np.testing.assert_array_equal(from_end, tiny.train[1][400:])
    drawn = prepare_dataset(64, root=root, validation_size=100, split_from_end=False, random_state=3)["validation"]
    chosen = np.sort(np.random.RandomState(3).choice(500, 100, replace=False))
    np.testing.assert_array_equal(gather(drawn)[1], tiny.train[1][chosen])


def test_validation_is_augmented_on_request(root: Path) -> None:
    plain, augmented = (
        prepare_dataset(64, root=root, validation_size=100, no_valid_transform=plain)["validation"]
        for plain in (True, False)
    )
    assert torch.equal(gather(plain)[0], gather(plain)[0])
    assert not torch.equal(gather(augmented)[0], gather(augmented)[0])


def test_without_a_random_state_the_order_follows_torchs_seed(root: Path) -> None:
    def first_labels(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        labels: torch.Tensor = next(iter(prepare_dataset(64, root=root, validation_size=100)["train"]))[1]
        return labels

    assert torch.equal(first_labels(5), first_labels(5))
    assert not torch.equal(first_labels(5), first_labels(6))


def test_the_global_generators_are_seeded_only_on_request(root: Path) -> None:
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002
    prepare_dataset(64, root=root, validation_size=100, random_state=11)
    assert random.random() == random.Random(0).random()
    assert np.random.random() == np.random.RandomState(0).random()  # noqa: NPY002
    prepare_dataset(64, root=root, validation_size=100, random_state=11, set_global_seed=True)
    assert random.random() == random.Random(11).random()
    assert np.random.random() == np.random.RandomState(11).random()  # noqa: NPY002
    with pytest.raises(InputError, match="random_state"):
        prepare_dataset(64, root=root, validation_size=100, set_global_seed=True)


def test_the_split_of_1_3_1_gives_samplers_of_its_numbers() -> None:
    training, validation = train_valid_split(50, 12, random_state=7)
    expected = np.random.RandomState(7).choice(50, 12, replace=False)
    assert list(validation.indices) == expected.tolist()
    assert sorted([*training, *validation]) == list(range(50))
    images = torch.utils.data.TensorDataset(torch.arange(50))
    loader = torch.utils.data.DataLoader(
        images, batch_size=5, sampler=validation, worker_init_fn=partial(seed_worker, 7)
    )
    assert sorted(int(number) for (batch,) in loader for number in batch) == sorted(expected.tolist())
    np.random.seed(1)  # noqa: NPY002
    first = list(train_valid_split(50, 12)[1].indices)
    np.random.seed(1)  # noqa: NPY002
    assert list(train_valid_split(50, 12)[1].indices) == first


@pytest.mark.parametrize(("seed", "worker", "number"), [(None, 0, 0), (3, 0, 3), (3, 2, 5)])
def test_a_worker_is_seeded_with_the_sum(seed: int | None, worker: int, number: int) -> None:
    seed_worker(seed, worker)
    drawn = random.random(), np.random.random_sample()  # noqa: NPY002
    assert drawn == (random.Random(number).random(), np.random.RandomState(number).random_sample())
