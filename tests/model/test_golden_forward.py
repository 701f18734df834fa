"""Logits, losses and gradients of every golden cell agree with the original TensorFlow code."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nasbench_pytorch.model import tf_variables
from tests.golden.errors import array_error, assert_within, digest_errors
from tests.golden.forward import forward_errors, gradients, logits_and_loss
from tests.golden.goldens import CELL_NAMES, batch, golden_cell, is_statistic

STATES = ("init", "pert")

# The manifest's tolerances for a port in float32: logits within 1.5e-5, losses within 3e-6 (and two roundings of a
# large loss: the untrained pooling cell's is 27). In its fast modes a network computes in the original's
# layout, NHWC, whatever the layout of images and weights; in NCHW logits would differ by up to 5e-5.
LAYOUTS = [
    pytest.param(torch.channels_last, id="channels_last"),
    pytest.param(torch.contiguous_format, id="contiguous"),
]

# Limit for the worst variable in float32. A single flipped ReLU or max-pool decision changes a whole gradient: the
# original's float32 and float64 gradients differ by up to 0.02. The processor determines which decisions flip.
WORST_GRADIENT = 3e-2


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "plain"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", CELL_NAMES)
def test_float64_logits_losses_and_gradients_are_the_originals(name: str, state: str, fast: bool) -> None:
    cell = golden_cell(name)
    assert_within(forward_errors(cell, state, cell.build(state, fast=fast)))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", CELL_NAMES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_float32_logits_losses_and_gradients_are_the_originals(
    layout: torch.memory_format, name: str, state: str
) -> None:
    cell = golden_cell(name)
    network = cell.build(state, torch.float32)
    network.to(memory_format=layout)  # type: ignore[call-overload] # torch's stub lacks it
    for mode in ("eval", "train"):
        logits, loss = logits_and_loss(network, mode == "train")
        golden = f"f32_{state}_{mode}"
        np.testing.assert_allclose(logits.numpy(), cell.arrays[f"{golden}_logits"], rtol=0, atol=1.5e-5)
        np.testing.assert_allclose(loss.item(), cell.arrays[f"{golden}_loss"], rtol=2.5e-7, atol=3e-6)
    ours = gradients(network)
    errors = digest_errors("gradient", ours, cell.arrays[f"f32_{state}_grad_digest"], WORST_GRADIENT)
    if f"f32_{state}_grad_vec" in cell.arrays:
        vectors = cell.split(cell.arrays[f"f32_{state}_grad_vec"], cell.trainable)
        errors += [array_error(f"gradient of {v}", ours[v], vectors[v], WORST_GRADIENT) for v in vectors]
    assert_within(errors)


@torch.no_grad()
@pytest.mark.parametrize("run", ["runA", "runB"])
@pytest.mark.parametrize("name", CELL_NAMES)
def test_float32_running_statistics_after_one_batch_are_the_originals(name: str, run: str) -> None:
    cell = golden_cell(name)
    network = cell.build("init" if run == "runA" else "pert", torch.float32)
    network.train()(batch(0, torch.float32)[0])
    ours = tf_variables(network)
    rows = cell.arrays[f"f32_{run}_digest_step01"]
    wanted = [position for position, variable in enumerate(cell.shapes) if is_statistic(variable)]
    assert_within(digest_errors("statistic", {v: ours[v] for v in cell.statistics}, rows[wanted], 1e-5))


@pytest.mark.parametrize("name", CELL_NAMES)
def test_variables_have_the_originals_names_shapes_and_order(name: str) -> None:
    cell = golden_cell(name)
    variables = tf_variables(cell.build())
    assert list(variables) == list(cell.shapes)
    assert {key: array.shape for key, array in variables.items()} == cell.shapes


@pytest.mark.parametrize("name", CELL_NAMES)
def test_the_cell_is_pruned_and_hashed_as_by_the_original(name: str) -> None:
    cell = golden_cell(name)
    matrix, ops, _ = cell.spec.pruned()
    assert matrix.tolist() == cell.about["pruned_matrix"]
    assert ops == cell.about["pruned_ops"]
    assert cell.spec.hash_spec() == cell.about["google_hash"]
    trainable = sum(p.numel() for p in cell.build().parameters())
    assert trainable == cell.about["trainable_params"]
