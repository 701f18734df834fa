from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.datasets.augmentation import (
    CIFAR10_MEAN,
    CIFAR10_STD,
    Augmentation,
    augment,
    crop_and_flip,
    draw_augmentation,
    normalise,
)

Golden = dict[str, np.ndarray]


def nhwc(images: torch.Tensor) -> np.ndarray:
    return images.permute(0, 2, 3, 1).numpy()


def test_evaluation_pictures_equal_the_originals(preprocess: Golden) -> None:
    ours = normalise(torch.from_numpy(preprocess["raw_u8"]), CIFAR10_MEAN, CIFAR10_STD)
    np.testing.assert_allclose(nhwc(ours), preprocess["eval_hwc"], rtol=0, atol=5e-7)


def test_training_pictures_equal_the_originals(preprocess: Golden) -> None:
    # −1 marks symmetric or plain images, which several draws fit; the next test checks these.
    known = (preprocess["train_dy_dx_flip"] >= 0).all(axis=1)
    assert known.sum() == 18
    source = torch.from_numpy(preprocess["raw_u8"])[torch.from_numpy(preprocess["train_src"][known])]
    top, left, flipped = torch.from_numpy(preprocess["train_dy_dx_flip"][known]).T
    ours = normalise(crop_and_flip(source, Augmentation(top, left, flipped.bool())), CIFAR10_MEAN, CIFAR10_STD)
    np.testing.assert_allclose(nhwc(ours), preprocess["train_hwc"][known], rtol=0, atol=5e-7)


def test_every_training_picture_of_the_original_is_one_of_ours(preprocess: Golden) -> None:
    draws = torch.cartesian_prod(torch.arange(9), torch.arange(9), torch.arange(2))
    every_draw = Augmentation(draws[:, 0], draws[:, 1], draws[:, 2].bool())
    for source, expected in zip(preprocess["train_src"], preprocess["train_hwc"], strict=True):
        image = torch.from_numpy(preprocess["raw_u8"][source]).expand(len(draws), -1, -1, -1)
        ours = nhwc(normalise(crop_and_flip(image, every_draw), CIFAR10_MEAN, CIFAR10_STD))
        assert np.abs(ours - expected).max(axis=(1, 2, 3)).min() < 5e-7


def test_padding_is_raw_black_not_the_mean(preprocess: Golden) -> None:
    black = normalise(torch.zeros(1, 3, 1, 1, dtype=torch.uint8), CIFAR10_MEAN, CIFAR10_STD).flatten()
    assert black.tolist() == pytest.approx([-1.9893633, -1.9801900, -1.7071965], abs=1e-6)
    corner = crop_and_flip(torch.full((1, 3, 32, 32), 255, dtype=torch.uint8), one_draw(0, 0, False))
    assert corner[0, :, :4].eq(0).all()
    assert corner[0, :, 4:, 4:].eq(255).all()


def one_draw(top: int, left: int, flipped: bool) -> Augmentation:
    return Augmentation(torch.tensor([top]), torch.tensor([left]), torch.tensor([flipped]))


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 5), st.integers(1, 4), st.integers(1, 9), st.integers(1, 9), st.integers(0, 4), st.integers(0, 2**32)
)
def test_a_batch_equals_slices_of_each_padded_image(
    memory_format: torch.memory_format, batch: int, channels: int, height: int, width: int, padding: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (batch, channels, height, width), generator=generator, dtype=torch.uint8)
    drawn = draw_augmentation(batch, generator, padding)
    result = crop_and_flip(images, drawn, padding, memory_format)
    assert result.dtype == torch.uint8
    assert result.is_contiguous(memory_format=memory_format)
    for number, image in enumerate(images.numpy()):
        padded = np.pad(image, ((0, 0), (padding, padding), (padding, padding)))
        top, left = int(drawn.top[number]), int(drawn.left[number])
        expected = padded[:, top : top + height, left : left + width]
        expected = expected[:, :, ::-1] if drawn.flipped[number] else expected
        np.testing.assert_array_equal(result[number].numpy(), expected)


def test_offsets_are_0_to_8_all_equally_likely() -> None:
    drawn = draw_augmentation(81_000, torch.Generator().manual_seed(0))
    pairs = torch.bincount(drawn.top * 9 + drawn.left, minlength=81)
    assert len(pairs) == 81
    # Chi-square with 80 degrees of freedom exceeds 124.8 for one seed in a thousand.
    assert ((pairs - 1000.0) ** 2 / 1000).sum() < 124.8


def test_flips_are_fair_and_independent_of_crops_and_neighbours() -> None:
    drawn = draw_augmentation(100_000, torch.Generator().manual_seed(1))
    flips = drawn.flipped.double()
    assert flips.mean() == pytest.approx(0.5, abs=0.006)
    others = {"top": drawn.top, "left": drawn.left, "next flip": flips.roll(1), "next top": drawn.top.roll(1)}
    for name, other in others.items():
        correlation = torch.corrcoef(torch.stack([flips, other.double()]))[0, 1]
        assert abs(float(correlation)) < 0.012, name


def test_without_flips_the_crops_stay_the_same() -> None:
    with_flips, without = (draw_augmentation(50, torch.Generator().manual_seed(3), flip=flip) for flip in (True, False))
    assert torch.equal(with_flips.top, without.top)
    assert torch.equal(with_flips.left, without.left)
    assert with_flips.flipped.any()
    assert not without.flipped.any()


def test_an_augmentation_depends_only_on_the_generator() -> None:
    images = torch.randint(0, 256, (16, 3, 32, 32), dtype=torch.uint8)
    first, again, other = (augment(images, torch.Generator().manual_seed(seed)) for seed in (5, 5, 6))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_no_padding_and_no_flip_leave_the_images_alone() -> None:
    images = torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8)
    assert torch.equal(augment(images, torch.Generator(), padding=0, flip=False), images)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_normalised_images_have_the_requested_type_and_layout(dtype: torch.dtype) -> None:
    images = torch.randint(0, 256, (4, 3, 8, 8), dtype=torch.uint8)
    result = normalise(images, CIFAR10_MEAN, CIFAR10_STD, dtype, torch.channels_last)
    assert result.dtype == dtype
    assert result.is_contiguous(memory_format=torch.channels_last)
    mean, std = (torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in (CIFAR10_MEAN, CIFAR10_STD))
    torch.testing.assert_close(result, ((images - mean) / std).to(dtype))
