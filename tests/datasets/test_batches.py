from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.datasets import ImageSet, Normalisation, TrainingBatches, evaluation_batches
from nasbench_pytorch.datasets.augmentation import CIFAR10_MEAN, CIFAR10_STD
from nasbench_pytorch.errors import InputError
from tests.golden.goldens import golden_arrays

PLAIN = Normalisation([0.0], [1.0])
CIFAR10 = Normalisation(CIFAR10_MEAN, CIFAR10_STD)


def numbered(count: int) -> ImageSet:
    """Return `count` images of one pixel, numbered by their labels."""
    labels = torch.arange(count)
    return ImageSet((labels % 256).to(torch.uint8).view(-1, 1, 1, 1), labels)


def pictures(count: int = 20) -> ImageSet:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, 3, 32, 32), generator=generator, dtype=torch.uint8)
    return ImageSet(images, torch.arange(count))


def stream(batches: TrainingBatches, segment: int, steps: int) -> list[int]:
    return [int(label) for step in range(steps) for label in batches.batch(segment, step)[1]]


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(1, 40), st.integers(0, 2**40), st.integers(0, 3))
def test_every_epoch_is_a_permutation_and_batches_run_across_its_border(
    data: st.DataObject, count: int, seed: int, segment: int
) -> None:
    batch_size = data.draw(st.integers(1, count))
    batches = TrainingBatches(numbered(count), batch_size, seed, normalisation=PLAIN)
    seen = stream(batches, segment, steps=3 * count)
    assert len(seen) == 3 * count * batch_size
    for start in range(0, len(seen), count):
        assert sorted(seen[start : start + count]) == list(range(count))


@settings(max_examples=30, deadline=None)
@given(st.data(), st.integers(1, 40))
def test_with_partial_batches_no_batch_crosses_the_end_of_an_epoch(data: st.DataObject, count: int) -> None:
    batch_size = data.draw(st.integers(1, count))
    batches = TrainingBatches(numbered(count), batch_size, 0, normalisation=PLAIN, partial_batches=True)
    steps = batches.steps_per_epoch
    assert steps == int(np.ceil(count / batch_size))
    epochs = [[int(i) for step in range(steps) for i in batches.indices(0, e * steps + step)] for e in range(3)]
    assert all(sorted(epoch) == list(range(count)) for epoch in epochs)
    assert len(batches.indices(0, steps - 1)) == count - (steps - 1) * batch_size


def test_epochs_segments_and_seeds_have_different_orders() -> None:
    orders = [
        tuple(
            int(label)
            for label in TrainingBatches(numbered(50), 50, seed, normalisation=PLAIN).batch(segment, epoch)[1]
        )
        for seed in (0, 1)
        for segment in (0, 1)
        for epoch in (0, 1, 2)
    ]
    assert len(set(orders)) == len(orders)


def test_a_batch_depends_only_on_seed_segment_and_step() -> None:
    wanted = [(0, 0), (0, 1), (0, 7), (1, 0), (1, 7), (0, 40)]
    in_order = TrainingBatches(pictures(), 8, 3, normalisation=CIFAR10)
    expected = {key: in_order.batch(*key) for key in wanted}
    torch.manual_seed(99)
    shuffled = TrainingBatches(pictures(), 8, 3, normalisation=CIFAR10)
    for key in reversed(wanted):
        images, labels = shuffled.batch(*key)
        assert torch.equal(images, expected[key][0])
        assert torch.equal(labels, expected[key][1])


def test_crops_and_flips_differ_between_steps_and_segments() -> None:
    one_image = ImageSet(pictures(1).images, torch.zeros(1, dtype=torch.int64))
    batches = TrainingBatches(one_image, 1, 0, normalisation=CIFAR10)
    seen = {batches.batch(segment, step)[0].numpy().tobytes() for segment in range(4) for step in range(25)}
    # 100 draws from 162 equally likely pictures have 74.8 different ones on average, with a deviation of 3.8.
    assert 60 < len(seen) < 90


def test_without_augmentation_images_are_only_normalised() -> None:
    data = pictures()
    images, labels = TrainingBatches(data, 8, 0, normalisation=CIFAR10, augment=False).batch(0, 2)
    whole, _ = next(evaluation_batches(data, len(data), normalisation=CIFAR10))
    assert torch.equal(images, whole[labels])


def test_augmentation_does_not_change_the_order() -> None:
    plain, augmented = (
        TrainingBatches(pictures(), 8, 0, normalisation=CIFAR10, augment=augment) for augment in (False, True)
    )
    assert stream(plain, 0, 10) == stream(augmented, 0, 10)


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_batches_have_the_requested_type_and_layout(dtype: torch.dtype, memory_format: torch.memory_format) -> None:
    normalisation = Normalisation(CIFAR10_MEAN, CIFAR10_STD, dtype, memory_format)
    for images, labels in (
        TrainingBatches(pictures(), 8, 0, normalisation=normalisation).batch(0, 0),
        next(evaluation_batches(pictures(), 8, normalisation=normalisation)),
    ):
        assert images.shape == (8, 3, 32, 32)
        assert images.dtype == dtype
        assert images.is_contiguous(memory_format=memory_format)
        assert labels.dtype == torch.int64


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_batches_are_the_same_on_the_gpu(dtype: torch.dtype) -> None:
    normalisation = Normalisation(CIFAR10_MEAN, CIFAR10_STD, dtype)
    on_cpu, on_gpu = (
        TrainingBatches(pictures().to(device), 8, 0, normalisation=normalisation).batch(1, 5)
        for device in ("cpu", "cuda")
    )
    assert torch.equal(on_cpu[0], on_gpu[0].cpu())
    assert torch.equal(on_cpu[1], on_gpu[1].cpu())


@pytest.mark.parametrize("batch_size", [0, -1, 21])
def test_a_batch_larger_than_the_data_is_refused(batch_size: int) -> None:
    with pytest.raises(InputError, match=f"batch size must be 1 to 20.*got {batch_size}"):
        TrainingBatches(pictures(20), batch_size, 0, normalisation=CIFAR10)
    with pytest.raises(InputError, match=f"batch size must be 1 to 20.*got {batch_size}"):
        evaluation_batches(pictures(20), batch_size, normalisation=CIFAR10)


def test_negative_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="count from 0"):
        TrainingBatches(pictures(), 8, 0, normalisation=CIFAR10).batch(0, -1)


def test_an_evaluation_of_10000_images_covers_the_first_9984() -> None:
    seen = [labels for _, labels in evaluation_batches(numbered(10_000), 256, normalisation=PLAIN)]
    assert len(seen) == 39
    assert torch.equal(torch.cat(seen), torch.arange(9_984))


def test_an_evaluation_can_cover_the_remainder_too() -> None:
    seen = [labels for _, labels in evaluation_batches(numbered(1_000), 256, normalisation=PLAIN, drop_remainder=False)]
    assert [len(labels) for labels in seen] == [256, 256, 256, 232]
    assert torch.equal(torch.cat(seen), torch.arange(1_000))


def test_no_image_gives_no_batch() -> None:
    assert list(evaluation_batches(numbered(0), 256, normalisation=PLAIN)) == []


def test_batches_equal_the_originals_pictures() -> None:
    raw = torch.from_numpy(golden_arrays("batches_raw")["raw_u8"])
    theirs = golden_arrays("batches")
    data = ImageSet(raw, torch.zeros(len(raw), dtype=torch.int64))
    ours = [images.permute(0, 2, 3, 1).numpy() for images, _ in evaluation_batches(data, 8, normalisation=CIFAR10)]
    np.testing.assert_allclose(ours[0], theirs["x0"], rtol=0, atol=5e-7)
    np.testing.assert_allclose(np.stack(ours[1:]), theirs["train_x"][:2], rtol=0, atol=5e-7)
