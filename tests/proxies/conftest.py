"""Small networks in float64 and their batch."""

from __future__ import annotations

import pytest
import torch

from nasbench_pytorch.model import Network
from nasbench_pytorch.proxies import Batch
from tests.golden.published_proxies import inputs
from tests.helpers.model_networks import CELL


def tiny_network(seed: int = 0, eps: float = 1e-5) -> Network:
    """Build a network with every kind of edge."""
    torch.manual_seed(seed)
    return Network(CELL, stem_out_channels=8, num_stacks=2, num_modules_per_stack=1, eps=eps).double()


@pytest.fixture
def network() -> Network:
    return tiny_network()


@pytest.fixture(scope="session")
def batch() -> Batch:
    return Batch(*inputs(), seed=3)
