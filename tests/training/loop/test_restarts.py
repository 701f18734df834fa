"""Restarts with new weights after a NaN loss."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.training import Trainer, load_run
from tests.helpers.tiny_training import tiny_recipe, train_tiny

if TYPE_CHECKING:
    import pytest


def test_a_nan_loss_restarts_with_new_weights_and_then_fails(tmp_path: Path) -> None:
    # With this rate every attempt ends in NaN.
    run = train_tiny(tiny_recipe(learning_rate=1e30, zero_rate_first_step=False, max_attempts=3), out=tmp_path)
    assert run.result.status == "failed"
    assert run.result.attempts == 3
    assert run.network is None
    assert load_run(tmp_path).network is None
    assert not (tmp_path / "weights.safetensors").exists()


def test_a_single_nan_costs_one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    take_step = Trainer.step
    spoiled: list[bool] = []

    def step(self: Trainer, *arguments: Any) -> Any:
        result = take_step(self, *arguments)
        if self.steps_done == 7 and not spoiled:
            spoiled.append(True)
            return result._replace(loss=result.loss * float("nan"))
        return result

    monkeypatch.setattr(Trainer, "step", step)
    run = train_tiny()
    assert (run.result.status, run.result.attempts) == ("complete", 2)
    assert [e.steps for e in run.result.evaluations] == [1, 10, 20]
