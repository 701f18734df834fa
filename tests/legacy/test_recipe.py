"""The preset nasbench-pytorch-1.3 agrees with 1.3.1 over two epochs with partial last batches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from nasbench_pytorch.datasets.loaders import LEGACY_MEAN, LEGACY_STD
from nasbench_pytorch.model import Network, convert_legacy_state_dict
from nasbench_pytorch.training import PRESETS, Recipe, Trainer
from nasbench_pytorch.training.network import build_network
from tests.golden.legacy_inputs import EPOCHS, batches
from tests.helpers.legacy_golden import NAMES, Legacy, legacy, skeleton, spec, worst_error

OLD = replace(PRESETS["nasbench-pytorch-1.3"], epochs=EPOCHS, batch_size=6)


def trained(name: str, golden: Legacy, recipe: Recipe) -> Network:
    network = build_network(spec(name), skeleton(), recipe).double()
    network.load_state_dict(convert_legacy_state_dict(golden.state, network))
    steps = len(batches())
    trainer = Trainer(network, recipe, recipe.total_steps(14), steps_per_epoch=steps)
    for _ in range(EPOCHS):
        for images, labels in batches():
            trainer.step(images, labels)
    return network


def test_the_schedule_counts_partial_batches() -> None:
    assert OLD.total_steps(14) == EPOCHS * len(batches())


@pytest.mark.parametrize("name", NAMES)
def test_training_is_that_of_1_3_1(name: str) -> None:
    golden = legacy(name)
    assert worst_error(trained(name, golden, OLD), golden) < 1e-9


@pytest.mark.parametrize(
    "mistake",
    [
        {"batch_norm_decay": 0.997},
        {"operation_batch_norm_decay": None},
        {"optimizer": "rmsprop_tf"},
        {"rmsprop_decay": 0.9},
        {"gradient_clip_norm": None},
        {"schedule": "cosine_by_step"},
        {"zero_rate_first_step": True},
        {"batch_norm_shards": 2, "batch_size": 6},
        {"weight_decay": 0.0},
        {"batch_norm_eps": 1e-3},
    ],
    ids=lambda mistake: next(iter(mistake)),
)
def test_each_difference_from_the_original_is_needed(mistake: dict[str, Any]) -> None:
    golden = legacy("residual")
    assert worst_error(trained("residual", golden, replace(OLD, **mistake)), golden) > 1e-6


def test_images_are_normalised_as_in_1_3_1() -> None:
    assert OLD.pixel_mean == pytest.approx(LEGACY_MEAN)
    assert OLD.pixel_std == pytest.approx(LEGACY_STD)
    assert OLD.pixel_std == pytest.approx([0.2023 * 255, 0.1994 * 255, 0.2010 * 255])


def test_all_images_are_evaluated_once_at_the_end() -> None:
    assert OLD.evaluation_points == (1.0,)
    assert not OLD.evaluation_drop_remainder


def test_weights_start_as_in_1_3_1() -> None:
    torch.manual_seed(0)
    network = Network(spec("inception"), initialization=OLD.initialization)
    kernel = network.get_parameter("stack2.module1.vertex_4.operation.conv.weight")
    fan_out = kernel.shape[0] * 9
    assert kernel.std().item() == pytest.approx((2 / fan_out) ** 0.5, rel=0.02)
    assert kernel.abs().max() > 3.5 * kernel.std()  # not truncated
    assert network.classifier.weight.std().item() == pytest.approx(0.01, rel=0.05)
