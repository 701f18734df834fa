"""One try of a training: evaluations, time limits, signals."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nasbench_pytorch.training import Interrupted, Recipe, run_training
from nasbench_pytorch.training.loop.attempt import evaluation_steps
from tests.helpers.tiny_training import (
    SKELETON,
    SPEC,
    accuracies,
    losses,
    stop_after,
    tiny_data,
    tiny_recipe,
    train_tiny,
)


@pytest.mark.parametrize(
    ("epochs", "expected"), [(4, [1, 312, 625]), (12, [1, 937, 1875]), (36, [1, 2812, 5625]), (108, [1, 8437, 16875])]
)
def test_evaluations_come_after_the_originals_steps(epochs: int, expected: list[int]) -> None:
    recipe = Recipe(epochs=epochs)
    assert evaluation_steps(recipe.evaluation_points, lambda point: recipe.steps_at(point, 40_000)) == expected


def test_a_run_is_evaluated_at_the_start_halfway_and_at_the_end() -> None:
    result = train_tiny().result
    assert [(e.epochs, e.steps) for e in result.evaluations] == [(0, 1), (2, 10), (4, 20)]
    assert result.status == "complete"
    assert result.attempts == 1
    assert result.hash == SPEC.hash_spec()


@pytest.mark.parametrize(
    "step", [1, pytest.param(4, marks=pytest.mark.slow), 10, pytest.param(13, marks=pytest.mark.slow), 19]
)
@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_resumes_bit_for_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, signal_number: int
) -> None:
    whole = train_tiny(out=tmp_path / "whole")
    with monkeypatch.context() as patched, pytest.raises(Interrupted) as stopped:
        stop_after(patched, step, signal_number)
        train_tiny(out=tmp_path / "parts")
    assert stopped.value.signal_number == signal_number
    assert not (tmp_path / "parts" / "results.json").exists()
    resumed = train_tiny(out=tmp_path / "parts", resume=True)
    assert accuracies(resumed.result) == accuracies(whole.result)
    assert resumed.network is not None and whole.network is not None
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), name
    assert losses(tmp_path / "parts") == losses(tmp_path / "whole")


def test_a_finished_run_restores_the_signal_handlers() -> None:
    before = signal.getsignal(signal.SIGTERM)
    train_tiny()
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_time_limit_gives_a_truncated_run_that_was_evaluated() -> None:
    run = train_tiny(tiny_recipe(train_seconds=1e-9))
    assert run.result.status == "truncated"
    assert run.result.evaluations[-1].steps < 20


def test_training_time_excludes_evaluation() -> None:
    result = train_tiny().result
    assert 0 < result.training_time_s < result.total_time_s


def test_no_validation_images_give_no_validation_accuracy() -> None:
    data = tiny_data()
    data = replace(data, validation=data.validation.take(0))
    run = run_training(SPEC, data, tiny_recipe(), skeleton=SKELETON, device="cpu", progress="none")
    assert run.result.evaluations[-1].validation_accuracy is None
