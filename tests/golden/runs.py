"""Repeat the golden trainings with this package's Trainer and compare them with the original's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nasbench_pytorch.model import Network, tf_variables
from nasbench_pytorch.training import Recipe, Trainer
from tests.golden.errors import Error, array_error, digest_errors
from tests.golden.goldens import CELL_NAMES, Array, GoldenCell, batch, golden_cell, is_statistic, l2_term

CHECK_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class GoldenRun:
    """Settings of a golden training: the first ten of `total_steps` steps, batches of 8."""

    name: str
    recipe: Recipe
    total_steps: int
    start: str


RUNS = {
    run.name: run
    for run in (
        GoldenRun("runA", Recipe(learning_rate=0.1, batch_norm_shards=1, batch_size=8), 10, "init"),
        GoldenRun("runB", Recipe(learning_rate=0.2, batch_norm_shards=1, batch_size=8), 13, "pert"),
        GoldenRun("shard2", Recipe(learning_rate=0.2, batch_norm_shards=2, batch_size=8), 10, "init"),
    )
}
CELLS_AND_RUNS = [
    (name, run) for name in CELL_NAMES for run in RUNS if f"f64_{run}_digest_step01" in golden_cell(name).arrays
] + [(name, "shard2") for name in CELL_NAMES if "f64_shard2_ce" in golden_cell(name).arrays]
"""All pairs of cell and golden training; the two-shard training exists for three cells."""


def limit_after(steps: int) -> float:
    """Return the limit of an error. Rounding grows chaotically: to 1e-13 after two steps, to 1e-9 after ten."""
    return 1e-9 if steps <= 2 else 1e-6


@dataclass
class Record:
    """Results of our training; nested dictionaries map steps done to arrays by TensorFlow name."""

    rates: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    l2_terms: list[float] = field(default_factory=list)
    first_gradients: dict[str, Array] = field(default_factory=dict)
    variables: dict[int, dict[str, Array]] = field(default_factory=dict)
    square_avg: dict[int, dict[str, Array]] = field(default_factory=dict)
    momentum_buffer: dict[int, dict[str, Array]] = field(default_factory=dict)
    eval_logits: dict[int, Array] = field(default_factory=dict)


def record_run(
    cell: GoldenCell,
    run: GoldenRun,
    *,
    network: Network | None = None,
    recipe: Recipe | None = None,
    change: Callable[[Trainer], Any] | None = None,
    steps: int = 10,
) -> Record:
    """Train with the settings of `run`; other arguments replace them."""
    network = network or cell.build(run.start)
    trainer = Trainer(network, recipe or run.recipe, total_steps=run.total_steps)
    if change is not None:
        change(trainer)
    record = Record()
    record.eval_logits[0] = _eval_logits(network)
    for step in range(steps):
        record.l2_terms.append(l2_term(network).item())
        result = trainer.step(*batch(step, device=device_of(network)))
        record.rates.append(result.learning_rate)
        record.losses.append(float(result.loss))
        if step == 0:
            record.first_gradients = by_name(network, lambda p: p.grad)
        if step + 1 in CHECK_STEPS:
            record.variables[step + 1] = tf_variables(network)
            record.square_avg[step + 1] = by_name(network, _slot(trainer, "square_avg"))
            record.momentum_buffer[step + 1] = by_name(network, _slot(trainer, "momentum_buffer"))
            record.eval_logits[step + 1] = _eval_logits(network)
    return record


def _slot(trainer: Trainer, name: str) -> Callable[[Tensor], Tensor]:
    """Return a function from a parameter to its tensor `name` in the optimizer's state."""
    return lambda parameter: trainer.optimizer.state[parameter][name]


@torch.no_grad()
def _eval_logits(network: Network) -> Array:
    logits: Array = network.eval()(batch(None, device=device_of(network))[0]).cpu().numpy()
    return logits


def device_of(network: Network) -> torch.device:
    """Return the device of a network's weights."""
    return next(network.parameters()).device


@torch.no_grad()
def by_name(network: Network, value: Callable[[Tensor], Tensor | None]) -> dict[str, Array]:
    """Return `value` of each trainable parameter under its TensorFlow name, in TensorFlow's layout."""
    kept = [(parameter, parameter.detach().clone()) for parameter in network.parameters()]
    tensors = [value(parameter) for parameter, _ in kept]
    try:
        for (parameter, _), tensor in zip(kept, tensors, strict=True):
            assert tensor is not None
            parameter.copy_(tensor)
        return {name: array for name, array in tf_variables(network).items() if not is_statistic(name)}
    finally:
        for parameter, weights in kept:
            parameter.copy_(weights)


def run_errors(cell: GoldenCell, run: GoldenRun, record: Record) -> list[Error]:
    """Make every comparison for which this run has golden arrays."""
    golden, prefix = cell.arrays, f"f64_{run.name}"
    # The two-shard runs used the rate in double precision, but the array has it as read back in float32.
    rate_limit = 1e-7 if run.name == "shard2" else 1e-9
    errors = [array_error("rates", np.array(record.rates), golden[f"{prefix}_lr"], rate_limit)]
    errors += _loss_errors(golden, run, record)
    for steps in CHECK_STEPS:
        errors += _variable_errors(cell, run, record, steps)
        name = f"{prefix}_eval_logits_step{steps:02d}"
        if name in golden:  # not stored for two shards
            what = f"eval logits after {steps} steps"
            errors.append(array_error(what, record.eval_logits[steps], golden[name], limit_after(steps)))
    errors += digest_errors("mean square", record.square_avg[10], golden[f"{prefix}_rms_digest_step10"], 1e-6)
    errors += digest_errors("momentum", record.momentum_buffer[10], golden[f"{prefix}_mom_digest_step10"], 1e-6)
    if f"{prefix}_grad_digest_step00" in golden:
        errors += digest_errors("gradient", record.first_gradients, golden[f"{prefix}_grad_digest_step00"], 1e-9)
    if f"{prefix}_vec_step10" in golden:
        vectors = cell.split(golden[f"{prefix}_vec_step10"], list(cell.shapes))
        errors += [array_error(f"all of {name}", record.variables[10][name], vectors[name], 1e-6) for name in vectors]
    return errors


def _loss_errors(golden: dict[str, Array], run: GoldenRun, record: Record) -> list[Error]:
    if run.name == "shard2":  # one column per shard, without the L2 term
        losses = golden["f64_shard2_ce"].mean(axis=1) + np.array(record.l2_terms)
    else:
        losses = golden[f"f64_{run.name}_loss"]
    return [
        array_error(f"loss of step {step}", record.losses[step], losses[step], limit_after(step)) for step in range(10)
    ]


def _variable_errors(cell: GoldenCell, run: GoldenRun, record: Record, steps: int) -> list[Error]:
    ours, limit = record.variables[steps], limit_after(steps)
    what = f"value after {steps} steps"
    if run.name != "shard2":
        return digest_errors(what, ours, cell.arrays[f"f64_{run.name}_digest_step{steps:02d}"], limit)
    errors = []
    for names, part in ((cell.trainable, "trainable"), (cell.statistics, "moving0")):
        rows = cell.arrays[f"f64_shard2_{part}_digest_step{steps:02d}"]
        errors += digest_errors(what, {name: ours[name] for name in names}, rows, limit)
    return errors
