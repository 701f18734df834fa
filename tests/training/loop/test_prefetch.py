"""Batches that are prepared ahead: the same batches, and no thread left behind."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pytorch.datasets import Normalisation, TrainingBatches
from nasbench_pytorch.training import Interrupted, Trainer
from nasbench_pytorch.training.loop.prefetch import batch_source
from tests.helpers.tiny_training import losses, tiny_data, tiny_recipe, train_tiny


def tiny_batches() -> TrainingBatches:
    recipe = tiny_recipe()
    return TrainingBatches(
        tiny_data().train,
        recipe.batch_size,
        3,
        normalisation=Normalisation(recipe.pixel_mean, recipe.pixel_std),
        padding=2,
    )


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("batches")}


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), st.booleans()), max_size=8))
def test_every_requested_batch_is_returned(requests: list[tuple[int, int, bool]]) -> None:
    batches = tiny_batches()
    with batch_source(batches, ahead=True) as source:
        for segment, step, more in requests:
            images, labels = source(segment, step, more)
            expected_images, expected_labels = tiny_batches().batch(segment, step)
            assert torch.equal(images, expected_images)
            assert torch.equal(labels, expected_labels)
    assert not threads()


def test_a_batch_is_prepared_before_its_request_but_not_beyond_the_segment() -> None:
    batches = tiny_batches()
    prepared: list[tuple[int, int]] = []
    plain = batches.batch

    def batch(segment: int, step: int) -> Any:
        prepared.append((segment, step))
        return plain(segment, step)

    batches.batch = batch  # type: ignore[method-assign]
    with batch_source(batches, ahead=True) as source:
        source(0, 0, True)
        source(0, 1, False)
    assert prepared == [(0, 0), (0, 1)]


def test_an_error_inside_or_outside_the_thread_ends_it() -> None:
    batches = tiny_batches()
    with pytest.raises(ValueError, match="count from 0"), batch_source(batches, ahead=True) as source:
        source(0, -1, False)
    assert not threads()
    with pytest.raises(KeyError), batch_source(batches, ahead=True) as source:
        source(0, 0, True)
        raise KeyError
    assert not threads()


def test_a_run_is_the_same_bit_for_bit_even_if_it_is_stopped_and_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = train_tiny(out=tmp_path / "plain")
    take_step = Trainer.step

    def step(self: Trainer, *arguments: Any) -> Any:
        assert threads()
        if self.steps_done == 12:
            signal.raise_signal(signal.SIGTERM)
        return take_step(self, *arguments)

    with monkeypatch.context() as patched, pytest.raises(Interrupted, match="stopped after step 13"):
        patched.setattr(Trainer, "step", step)
        train_tiny(out=tmp_path / "ahead", prefetch=True)
    assert not threads()
    ahead = train_tiny(out=tmp_path / "ahead", prefetch=True, resume=True)
    assert plain.network is not None and ahead.network is not None
    for name, tensor in plain.network.state_dict().items():
        assert torch.equal(tensor, ahead.network.state_dict()[name]), name
    assert losses(tmp_path / "plain") == losses(tmp_path / "ahead")


def test_a_nan_loss_and_a_time_limit_leave_no_thread() -> None:
    recipe = tiny_recipe(learning_rate=1e30, zero_rate_first_step=False, max_attempts=2)
    assert train_tiny(recipe, prefetch=True).result.status == "failed"
    assert train_tiny(replace(tiny_recipe(), train_seconds=1e-9), prefetch=True).result.status == "truncated"
    assert not threads()
