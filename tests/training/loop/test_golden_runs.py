"""Ten steps of every golden cell in float64, compared with the original TensorFlow code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.golden.errors import Error, array_error, assert_within
from tests.golden.goldens import Array, GoldenCell, golden_cell
from tests.golden.runs import CELLS_AND_RUNS, RUNS, GoldenRun, Record, record_run, run_errors

if TYPE_CHECKING:
    from nasbench_pytorch.training import Trainer


@pytest.mark.parametrize(("name", "run_name"), CELLS_AND_RUNS)
def test_ten_steps_in_float64_are_those_of_the_original(name: str, run_name: str) -> None:
    cell, run = golden_cell(name), RUNS[run_name]
    recursion = SlotRecursion()
    record = record_run(cell, run, change=recursion.follow)
    assert_within(run_errors(cell, run, record))
    assert_within(recursion.errors)
    assert_within(second_step_slot_errors(cell, run, record))


def test_every_cell_has_its_runs() -> None:
    assert len(CELLS_AND_RUNS) == 2 * 12 + 3


class SlotRecursion:
    """The optimiser's slots at every step, computed by the formula from its gradients.

    The original's slots are known only after ten steps.
    """

    def __init__(self) -> None:
        self.errors: list[Error] = []
        self._slots: dict[Tensor, tuple[Array, Array]] = {}

    def follow(self, trainer: Trainer) -> None:
        trainer.optimizer.register_step_post_hook(self._after_step)

    def _after_step(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                gradient = parameter.grad.numpy()
                square, momentum = self._slots.get(parameter, (np.ones_like(gradient), np.zeros_like(gradient)))
                square = 0.9 * square + 0.1 * gradient**2
                momentum = 0.9 * momentum + group["lr"] * gradient / np.sqrt(square + 1.0)
                self._slots[parameter] = square, momentum
                state = optimizer.state[parameter]
                self.errors += [
                    array_error("mean square", state["square_avg"].numpy(), square, 1e-12),
                    array_error("momentum", state["momentum_buffer"].numpy(), momentum, 1e-12),
                ]


def second_step_slot_errors(cell: GoldenCell, run: GoldenRun, record: Record) -> list[Error]:
    """Compare the slots after the first two steps with those that follow from the original's variables.

    Step 0 has rate 0 and leaves the momentum at 0; the step from one to two updates moves each variable by exactly
    the momentum. If the gradient of step 0 is known too (two shards), the mean square follows: with
    m = momentum / rate, s₂ = 0.9·s₁ + 0.1·g² and g² = m²·(s₂ + 1).
    """
    part = "trainable_" if run.name == "shard2" else ""
    before, after = (cell.arrays[f"f64_{run.name}_{part}digest_step{steps:02d}"] for steps in (1, 2))
    rows = range(len(before)) if part else [i for i, name in enumerate(cell.shapes) if name in set(cell.trainable)]
    errors = []
    for position, (name, row) in enumerate(zip(cell.trainable, rows, strict=True)):
        assert not record.momentum_buffer[1][name].any()
        count = min(8, int(np.prod(cell.shapes[name])))
        momentum = (before[row] - after[row])[3 : 3 + count]
        ours = np.ravel(record.momentum_buffer[2][name])[:count]
        errors.append(array_error(f"momentum after 2 steps of {name}", ours, momentum, 1e-9))
        if part:
            gradient = cell.arrays["f64_shard2_grad_digest_step00"][position][3 : 3 + count]
            first = 0.9 + 0.1 * gradient**2
            second = (0.9 * first + 0.1 * (momentum / record.rates[1]) ** 2) / (
                1 - 0.1 * (momentum / record.rates[1]) ** 2
            )
            for steps, square in ((1, first), (2, second)):
                ours = np.ravel(record.square_avg[steps][name])[:count]
                errors.append(array_error(f"mean square after {steps} steps of {name}", ours, square, 1e-9))
    return errors
