"""TensorFlow's RMSProp, compared with twenty steps of TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training import Recipe, RMSpropTF, Trainer
from tests.golden.goldens import HERE, batch, golden_cell
from tests.golden.runs import RUNS, record_run


@pytest.mark.parametrize("foreach", [True, False])
def test_twenty_steps_are_those_of_tensorflow(foreach: bool) -> None:
    with np.load(HERE / "rmsprop_toy.npz") as golden:
        weights, rms, mom, gradients, rates = (golden[key] for key in ("w", "rms", "mom", "grad", "lr"))
    parameter = nn.Parameter(torch.from_numpy(weights[0].copy()))
    optimizer = RMSpropTF([parameter], foreach=foreach)
    for step in range(20):
        parameter.grad = torch.from_numpy(gradients[step].copy())
        optimizer.param_groups[0]["lr"] = float(rates[step])
        optimizer.step()
        slots = optimizer.state[parameter]
        for ours, theirs in ((parameter, weights), (slots["square_avg"], rms), (slots["momentum_buffer"], mom)):
            np.testing.assert_allclose(ours.detach().numpy(), theirs[step + 1], rtol=2e-6, atol=1e-6)


def test_toy_gradients_reach_where_the_slots_matter() -> None:
    """With tiny or huge gradients the trajectory would not depend on the place of epsilon."""
    with np.load(HERE / "rmsprop_toy.npz") as golden:
        assert (golden["rms"][0] == 1).all()
        assert (golden["mom"][0] == 0).all()
        assert golden["rms"].min() < 1 < golden["rms"].max()


def test_one_by_one_is_the_same_as_together() -> None:
    cell, run = golden_cell("random_b"), RUNS["runB"]

    def one_by_one(trainer: Trainer) -> None:
        for group in trainer.optimizer.param_groups:
            group["foreach"] = False

    together, separate = record_run(cell, run, steps=5), record_run(cell, run, steps=5, change=one_by_one)
    for name, array in together.variables[5].items():
        np.testing.assert_allclose(separate.variables[5][name], array, rtol=1e-9, atol=1e-12)


def test_parameters_without_a_gradient_stay() -> None:
    moved, still = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))
    optimizer = RMSpropTF([moved, still])
    moved.grad = torch.ones(3)
    optimizer.step()
    assert (still == 1).all()
    assert (moved < 1).all()
    assert still not in optimizer.state


def test_a_closure_is_evaluated_with_gradients_and_its_loss_returned() -> None:
    parameter = nn.Parameter(torch.ones(3))
    optimizer = RMSpropTF([parameter])

    def closure() -> float:
        loss = parameter.square().sum()
        loss.backward()
        return loss.item()

    assert optimizer.step(closure) == 3.0
    assert (parameter < 1).all()


def test_state_survives_saving_and_loading() -> None:
    def train(steps: int, reload_after: int | None) -> torch.Tensor:
        parameter = nn.Parameter(torch.linspace(-1, 1, 5, dtype=torch.float64))
        optimizer = RMSpropTF([parameter])
        for step in range(steps):
            if step == reload_after:
                state = optimizer.state_dict()
                optimizer = RMSpropTF([parameter])
                optimizer.load_state_dict(state)
            parameter.grad = parameter.detach().sin()
            optimizer.step()
        return parameter.detach()

    assert torch.equal(train(6, reload_after=3), train(6, reload_after=None))


@pytest.mark.parametrize("optimizer", ["rmsprop_tf", "rmsprop", "sgd", "adam"])
def test_the_l2_term_enters_the_loss_alike_for_every_optimizer(optimizer: str) -> None:
    cell = golden_cell("io_only")
    recipe = Recipe(learning_rate=0.1, batch_norm_shards=1, batch_size=8, optimizer=optimizer)  # type: ignore[arg-type]
    network = cell.build("pert")
    trainer = Trainer(network, recipe, total_steps=10)
    loss = trainer.step(*batch(0)).loss.item()
    np.testing.assert_allclose(loss, cell.arrays["f64_runB_loss"][0], rtol=1e-12)
    assert type(trainer.optimizer).__name__.lower() == optimizer.replace("_", "")


def test_the_argument_names_of_timm_are_understood() -> None:
    ours, timms = nn.Parameter(torch.linspace(-1, 1, 5)), nn.Parameter(torch.linspace(-1, 1, 5))
    first = RMSpropTF([ours], lr=0.1, decay=0.8)
    second = RMSpropTF([timms], lr=0.1, alpha=0.8, weight_decay=0.01, centered=False, lr_in_momentum=True)
    for step in range(3):
        timms.grad = torch.full((5,), 0.5 + step)
        ours.grad = timms.grad + 0.01 * ours.detach()
        first.step()
        second.step()
        torch.testing.assert_close(ours, timms)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"centered": True}, "lacks centered=True"),
        ({"lr": float("nan")}, "lr must be a number of at least 0, got nan"),
        ({"weight_decay": -1.0}, "weight_decay must be"),
    ],
)
def test_options_without_an_equivalent_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        RMSpropTF([nn.Parameter(torch.ones(1))], **arguments)
