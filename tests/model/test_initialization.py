"""Initial weights have the statistics of the original's."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from nasbench_pytorch.model import BatchNormSettings, Network, initialize
from nasbench_pytorch.space import named_cell
from tests.golden.goldens import HERE

FACTS: dict[str, Any] = json.loads((HERE / "facts.json").read_text())["initialisers"]


def statistics(weights: torch.Tensor) -> dict[str, float]:
    values = weights.detach().double().flatten().numpy()
    std = float(values.std())
    return {
        "mean": float(values.mean()),
        "std": std,
        "kurtosis": float(((values - values.mean()) ** 4).mean()) / std**4,
        "max_over_std": float(np.abs(values).max()) / std,
        "frac_within_1std": float((np.abs(values) < std).mean()),
    }


def assert_alike(ours: dict[str, float], golden: dict[str, Any]) -> None:
    """Check that statistics agree within about five standard errors: 1 / sqrt(n) for values of size one."""
    error = 5 / math.sqrt(golden["n"])
    assert ours["mean"] == pytest.approx(golden["mean"], abs=2 * error * golden["std"])
    for name in ("std", "kurtosis", "frac_within_1std"):
        assert ours[name] == pytest.approx(golden[name], rel=2 * error), name
    assert ours["max_over_std"] == pytest.approx(golden["max_over_std"], rel=2e-3)


@pytest.mark.parametrize("name", ["conv2d/kernel", "one/conv2d/kernel"])
def test_convolutions_are_distributed_as_the_originals(name: str) -> None:
    golden = FACTS[name]
    size, _, in_channels, out_channels = golden["shape"]
    conv = nn.Conv2d(in_channels, out_channels, size, bias=False)
    initialize(conv, generator=torch.Generator().manual_seed(1))
    ours = statistics(conv.weight)
    assert_alike(ours, golden)
    assert ours["std"] == pytest.approx(math.sqrt(1 / golden["fan_in"]), rel=5e-3)
    assert conv.weight.abs().max() <= golden["bound_2sigma"] * (1 + 1e-6)


def test_the_dense_layer_is_distributed_as_the_originals() -> None:
    golden = FACTS["d/kernel"]
    dense = nn.Linear(*golden["shape"])
    initialize(dense, generator=torch.Generator().manual_seed(1))
    assert_alike(statistics(dense.weight), golden)
    assert dense.weight.abs().max() <= golden["glorot_uniform_limit"] * (1 + 1e-6)
    assert (dense.bias == FACTS["d/bias"]["constant"]).all()


def test_batch_norms_start_at_the_originals_constants() -> None:
    norm = BatchNormSettings().build(8)
    nn.init.normal_(norm.weight)
    norm(torch.randn(4, 8, 3, 3))
    initialize(norm)
    for tensor, name in (
        (norm.weight, "gamma"),
        (norm.bias, "beta"),
        (norm.running_mean, "moving_mean"),
        (norm.running_var, "moving_variance"),
    ):
        assert tensor is not None
        assert (tensor == FACTS[f"batch_normalization/{name}"]["constant"]).all()


def test_a_generator_decides_every_weight() -> None:
    network = Network(named_cell("inception").spec, stem_out_channels=8, num_modules_per_stack=1)

    def draw(seed: int) -> torch.Tensor:
        network.reset_parameters(torch.Generator().manual_seed(seed))
        return torch.cat([p.detach().flatten() for p in network.parameters()]).clone()

    assert torch.equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))


def test_the_predecessors_weights_have_the_predecessors_spread() -> None:
    conv, dense = nn.Conv2d(64, 128, 3, bias=False), nn.Linear(512, 100)
    generator = torch.Generator().manual_seed(1)
    for module in (conv, dense):
        initialize(module, "nasbench-pytorch-1.3", generator)
    assert conv.weight.std().item() == pytest.approx(math.sqrt(2 / (9 * 128)), rel=0.02)
    assert dense.weight.std().item() == pytest.approx(0.01, rel=0.02)
