"""One-off costs are not timed, and do not change the results."""

from __future__ import annotations

import functools
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nasbench_pytorch.model import Network
from nasbench_pytorch.training import Interrupted, Recipe, Trainer
from tests.golden.goldens import batch, golden_cell
from tests.helpers.tiny_training import train_tiny


def state(trainer: Trainer) -> list[Tensor]:
    slots = [tensor for item in trainer.optimizer.state.values() for tensor in item.values()]
    return [tensor.clone() for tensor in [*trainer.network.state_dict().values(), *slots, torch.get_rng_state()]]


@pytest.mark.parametrize("steps_before", [0, 2])
def test_it_changes_nothing(steps_before: int) -> None:
    network = golden_cell("inception_readme").build()
    network.stem = nn.Sequential(network.stem, nn.Dropout(0.5))  # type: ignore[assignment]
    trainer = Trainer(network, Recipe(batch_size=8), total_steps=10)
    for step in range(steps_before):
        trainer.step(*batch(step))
    before = state(trainer)
    trainer.warm_up(*batch(5))
    after = state(trainer)
    assert len(before) == len(after)
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))
    assert trainer.steps_done == steps_before
    assert all(parameter.grad is None for parameter in network.parameters())


@pytest.fixture
def captured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run torch.compile without its code generator, which needs a compiler and much time."""
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend="eager"))


@pytest.mark.usefixtures("captured")
@pytest.mark.parametrize("compiled", [True, False])
def test_a_run_is_warmed_up_before_the_clock_starts(monkeypatch: pytest.MonkeyPatch, compiled: bool) -> None:
    now_s = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now_s[0])
    warm_up = Trainer.warm_up

    def slow(self: Trainer, images: Tensor, labels: Tensor) -> None:
        warm_up(self, images, labels)
        now_s[0] += 1000

    monkeypatch.setattr(Trainer, "warm_up", slow)
    result = train_tiny(compile=compiled).result
    assert now_s[0] == 1000
    assert result.training_time_s == 0
    assert result.total_time_s == 1000
    assert result.environment["compiled"] is compiled


@pytest.mark.slow
@pytest.mark.usefixtures("captured")
def test_a_compiled_run_resumes_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train_tiny(compile=True)
    take_step = Trainer.step

    def step(self: Trainer, *arguments: Any) -> Any:
        if self.steps_done == 12:
            signal.raise_signal(signal.SIGTERM)
        return take_step(self, *arguments)

    with monkeypatch.context() as patched, pytest.raises(Interrupted):
        patched.setattr(Trainer, "step", step)
        train_tiny(compile=True, out=tmp_path)
    resumed = train_tiny(compile=True, out=tmp_path, resume=True)
    assert isinstance(whole.network, Network) and isinstance(resumed.network, Network)
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), name
