from __future__ import annotations

import sys

import pytest
import torch
from sklearn.datasets import load_digits as read_digits

from nasbench_pytorch.datasets import load_digits
from nasbench_pytorch.datasets.digits import DIGITS_MEAN, DIGITS_STD
from nasbench_pytorch.errors import MissingExtraError


def test_the_digits_are_divided_as_the_docstring_says() -> None:
    data = load_digits()
    sizes = [len(each) for each in (data.train, data.train_eval, data.validation, data.test, data.sample)]
    assert sizes == [1_204, 300, 297, 296, 100]
    assert data.sample.labels.tolist() == [label for label in range(10) for _ in range(10)]
    for each in (data.train, data.validation, data.test):
        shares = torch.bincount(each.labels) / len(each)
        assert shares.min() > 0.09
        assert shares.max() < 0.11


def test_every_digit_is_in_exactly_one_part_and_keeps_its_label() -> None:
    data = load_digits()
    parts = [data.train, data.validation, data.test]
    # The top left of each 4×4 block is the original pixel, scaled from 0–16.
    ours = [
        (tuple(image.tolist()), int(label))
        for part in parts
        for image, label in zip(part.images[:, 1, ::4, ::4].flatten(1), part.labels, strict=True)
    ]
    ink, labels = read_digits(return_X_y=True)
    theirs = [
        (tuple(round(255 * level / 16) for level in row), int(label)) for row, label in zip(ink, labels, strict=True)
    ]
    assert sorted(ours) == sorted(theirs)


def test_digits_are_grey_blocks_of_32_by_32() -> None:
    images = load_digits().test.images
    assert images.shape[1:] == (3, 32, 32)
    assert torch.equal(images, images[:, :1].expand(-1, 3, -1, -1))
    blocks = images.unfold(2, 4, 4).unfold(3, 4, 4).flatten(4)
    assert torch.equal(blocks.amin(-1), blocks.amax(-1))


def test_the_named_mean_and_deviation_are_those_of_the_training_digits() -> None:
    pixels = load_digits().train.images.double()
    assert pixels.mean((0, 2, 3)).tolist() == pytest.approx(DIGITS_MEAN, abs=0.005)
    assert pixels.std((0, 2, 3), correction=0).tolist() == pytest.approx(DIGITS_STD, abs=0.005)


def test_without_scikit_learn_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'nasbench-pytorch\[demo\]'"):
        load_digits()
