"""Sample metrics beside what the original's PREDICT branch gave, float32 in inference mode."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nasbench_pytorch.training.sample_metrics import sample_metrics
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
    for mine, theirs in (
        (ours.input_grad_norm.numpy(), golden["input_grad_norm"]),
        (list(ours.param_norm.values()), golden["param_norm"]),
        (list(ours.param_grad_norm.values()), golden["param_grad_norm"]),
        (torch.stack(ours.covariance).numpy(), golden["cov"]),
    ):
        np.testing.assert_allclose(mine, theirs, rtol=2e-4, atol=1e-6)


def test_four_cells_have_them() -> None:
    assert len(CELLS) == 4


def test_they_leave_the_network_as_it_was() -> None:
    network = golden_cell("io_only").build("pert").train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    sample_metrics(network, *batch(None))
    assert network.training
    assert all(p.grad is None for p in network.parameters())
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
