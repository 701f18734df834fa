from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from nasbench_pytorch.datasets import ImageSet
from nasbench_pytorch.datasets.images import first_of_each_class
from tests.helpers.deadlines import DEADLINE_S


def pictures(labels: list[int]) -> ImageSet:
    images = torch.arange(len(labels), dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 3, 2, 2)
    return ImageSet(images, torch.tensor(labels))


def numbers(images: ImageSet) -> list[int]:
    return images.images[:, 0, 0, 0].tolist()


def test_take_returns_the_first_images_and_select_the_chosen_ones() -> None:
    images = pictures([5, 6, 7])
    assert len(images) == 3
    assert numbers(images.take(2)) == [0, 1]
    assert len(images.take(9)) == 3
    chosen = images.select(torch.tensor([2, 0, 2]))
    assert numbers(chosen) == [2, 0, 2]
    assert chosen.labels.tolist() == [7, 5, 7]


def test_the_first_of_each_class_are_grouped_by_class() -> None:
    chosen = first_of_each_class(pictures([2, 0, 2, 1, 0, 2, 0, 0]), num_labels=4, per_class=2)
    assert numbers(chosen) == [1, 4, 3, 0, 2]
    assert chosen.labels.tolist() == [0, 0, 1, 2, 2]


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (torch.zeros(2, 3, 4, 4), torch.zeros(2, dtype=torch.int64), "torch.float32"),
        (torch.zeros(2, 3, 4, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64), r"\[2, 3, 4\]"),
        (torch.zeros(2, 3, 4, 4, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64), r"int64 \[2\]"),
        (torch.zeros(2, 3, 4, 4, dtype=torch.uint8), torch.zeros(2, dtype=torch.int32), "torch.int32"),
    ],
)
def test_tensors_of_a_wrong_type_or_shape_are_refused(images: torch.Tensor, labels: torch.Tensor, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ImageSet(images, labels)


def test_the_package_loads_torch_only_when_it_is_used() -> None:
    code = "import sys, nasbench_pytorch.datasets as data; assert 'torch' not in sys.modules; data.ImageSet"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=DEADLINE_S)
