"""Batch norm agrees with TensorFlow's on a batch so small (24 values per channel) that Bessel's correction shows."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from nasbench_pytorch.model import BatchNormSettings
from tests.golden.goldens import Array, golden_arrays


@pytest.fixture
def golden() -> dict[str, Array]:
    return golden_arrays("bn")


def train_twice(images: Array) -> tuple[Array, list[Array], list[Array]]:
    norm = BatchNormSettings().build(images.shape[-1]).train()
    nchw = torch.from_numpy(images).permute(0, 3, 1, 2)
    means, variances = [], []
    for _ in range(2):
        output = norm(nchw)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        means.append(norm.running_mean.numpy().copy())
        variances.append(norm.running_var.numpy().copy())
    return output.detach().permute(0, 2, 3, 1).numpy(), means, variances


def test_output_and_running_statistics_are_tensorflows(golden: dict[str, Array]) -> None:
    output, means, variances = train_twice(golden["x"])
    np.testing.assert_allclose(output, golden["default_y"], atol=2e-6)
    for step in (1, 2):
        np.testing.assert_allclose(means[step - 1], golden[f"default_moving_mean_{step}"], rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(variances[step - 1], golden[f"default_moving_variance_{step}"], rtol=1e-6)


def test_the_biased_variance_of_unfused_tensorflow_is_told_apart(golden: dict[str, Array]) -> None:
    _, _, variances = train_twice(golden["x"])
    for step in (1, 2):
        error = np.abs(variances[step - 1] / golden[f"fused_false_moving_variance_{step}"] - 1)
        assert error.max() > 1e-4


def test_it_starts_at_scale_one_offset_zero_and_takes_three_thousandths_a_step() -> None:
    norm = BatchNormSettings().build(4)
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.momentum == pytest.approx(0.003)
    assert norm.eps == 1e-5
    for tensor, value in ((norm.weight, 1), (norm.bias, 0), (norm.running_mean, 0), (norm.running_var, 1)):
        assert tensor is not None
        assert (tensor == value).all()
