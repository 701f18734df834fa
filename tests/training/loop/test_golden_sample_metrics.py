"""Sample metrics, compared with the original's PREDICT branch, float32 in inference mode."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nasbench_pytorch.training.loop.sample_metrics import sample_metrics
from tests.golden.goldens import CELL_NAMES, batch, golden_cell

CELLS = [name for name in CELL_NAMES if "f32_predict_pert_logits" in golden_cell(name).arrays]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", CELLS)
def test_they_are_the_originals(name: str, dtype: torch.dtype) -> None:
    cell = golden_cell(name)
    golden = {key.removeprefix("f32_predict_pert_"): array for key, array in cell.arrays.items() if "_predict_" in key}
    images, labels = batch(None, dtype)
    network = cell.build("pert", dtype)
    assert len(golden["param_norm"]) == len(list(network.parameters()))
    ours = sample_metrics(network, images, labels)
    np.testing.assert_allclose(ours.logits.numpy(), golden["logits"], atol=2e-5)
    np.testing.assert_allclose(ours.loss, golden["loss"].item(), atol=5e-6)
    # In float32 a single ReLU that flips changes a gradient by up to 1.5e-2, the manifest's tolerance for it; the
    # position of the buffers in memory decides which ones flip. In float64 the same numbers agree closely.
    gradients = 1.5e-2 if dtype == torch.float32 else 2e-4
    for mine, theirs, relative in (
        (ours.input_grad_norm.numpy(), golden["input_grad_norm"], gradients),
        (list(ours.param_norm.values()), golden["param_norm"], 2e-4),
        (list(ours.param_grad_norm.values()), golden["param_grad_norm"], gradients),
        (torch.stack(ours.covariance).numpy(), golden["cov"], 2e-4),
    ):
        np.testing.assert_allclose(mine, theirs, rtol=relative, atol=1e-6)


def test_four_cells_have_them() -> None:
    assert len(CELLS) == 4


def test_they_leave_the_network_as_it_was() -> None:
    network = golden_cell("io_only").build("pert").train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    sample_metrics(network, *batch(None))
    assert network.training
    assert all(p.grad is None for p in network.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
