"""Batch-norm shards: a step on one device equals the step of one device for each shard."""

from __future__ import annotations

import copy

import pytest
import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training import Recipe, Trainer
from tests.golden.goldens import CELL_NAMES, batch, golden_cell
from tests.helpers.replicas import replicas_step


@pytest.mark.parametrize("shards", [1, 2, 4])
@pytest.mark.parametrize("name", [name for name in CELL_NAMES if name not in ("best_nasbench", "resnet20_like")])
def test_a_step_equals_that_of_one_replica_for_each_shard(name: str, shards: int) -> None:
    network = golden_cell(name).build("pert")
    loss, gradients, first = replicas_step(network, shards)
    trainer = Trainer(network, Recipe(batch_size=8, batch_norm_shards=shards), total_steps=10)
    result = trainer.step(*batch(0))
    assert result.loss.item() == pytest.approx(loss, rel=1e-9)
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-8, atol=1e-10 * gradient.abs().max().item())
    for ours, theirs in zip(network.buffers(), first.buffers(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=0)


def test_a_step_that_fails_in_the_second_shard_keeps_the_statistics_of_the_first() -> None:
    network = golden_cell("io_only").build()
    first = copy.deepcopy(network).train()
    trainer = Trainer(network, Recipe(batch_size=8), total_steps=10)
    images, labels = batch(0)
    with pytest.raises(IndexError):
        trainer.step(images, torch.cat([labels[:4], torch.full_like(labels[4:], 99)]))
    first(images[:4])
    for ours, expected in zip(network.buffers(), first.buffers(), strict=True):
        assert torch.equal(ours, expected)


def test_a_batch_that_does_not_divide_is_refused() -> None:
    trainer = Trainer(golden_cell("io_only").build(), Recipe(batch_size=8), total_steps=10)
    images, labels = batch(0)
    with pytest.raises(InputError, match="a batch of 7 images cannot be divided into 2 equal shards"):
        trainer.step(images[:7], labels[:7])
    with pytest.raises(InputError, match="batch_size 9 is not divisible by batch_norm_shards 2; choose a multiple"):
        Recipe(batch_size=9)


def test_a_training_of_no_steps_is_refused() -> None:
    with pytest.raises(InputError, match="total_steps must be at least 1, got 0"):
        Trainer(golden_cell("io_only").build(), Recipe(), total_steps=0)


def test_the_loss_is_detached_and_the_rate_a_plain_number() -> None:
    trainer = Trainer(golden_cell("io_only").build(), Recipe(batch_size=8), total_steps=10)
    results = [trainer.step(*batch(step)) for step in range(2)]
    assert all(r.loss.shape == () and not r.loss.requires_grad for r in results)
    assert results[0].learning_rate == 0.0
    assert 0.19 < results[1].learning_rate < 0.2
    assert trainer.steps_done == 2
