"""Read the results of nasbench-pytorch 1.3.1 (`golden/legacy.npz`) and compare networks with them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nasbench_pytorch.model import Network, convert_legacy_state_dict
from nasbench_pytorch.space import ModelSpec, Skeleton
from tests.golden.goldens import HERE
from tests.golden.legacy_inputs import CELLS, SKELETON, fill

NAMES = list(CELLS)


@dataclass(frozen=True)
class Legacy:
    """Results of 1.3.1 for a cell: weights by 1.3.1's names, logits, metrics and the trained state."""

    state: dict[str, Tensor]
    logits: np.ndarray
    metrics: dict[str, Any]
    after: dict[str, np.ndarray]


def legacy(name: str) -> Legacy:
    with np.load(HERE / "legacy.npz") as arrays:
        facts = json.loads(str(arrays[name]))
        after = dict(zip(facts["after"], arrays[f"{name}/after"], strict=True))
        logits = arrays[f"{name}/logits"]
    state = {key: torch.zeros(shape, dtype=torch.float64) for key, shape in facts["shapes"].items()}
    fill(state)
    return Legacy(state, logits, facts["metrics"], after)


def spec(name: str) -> ModelSpec:
    return ModelSpec(*CELLS[name])


def skeleton() -> Skeleton:
    return Skeleton(**SKELETON)


def digest(tensor: Tensor) -> np.ndarray:
    """Compute norm, sum and a weighted sum, as `golden/make_legacy_golden.py` does."""
    flat = tensor.detach().double().flatten().numpy()
    return np.array([np.linalg.norm(flat), flat.sum(), flat @ np.cos(np.arange(1, flat.size + 1))])


def worst_error(network: Network, golden: Legacy) -> float:
    """Compute the largest relative difference between the network's state and 1.3.1's after training."""
    converted = convert_legacy_state_dict(golden.state, network)
    name_of = {id(tensor): name for name, tensor in golden.state.items()}
    state = network.state_dict()
    errors = []
    for key, tensor in converted.items():
        if tensor.ndim:
            expected = golden.after[name_of[id(tensor)]]
            errors.append(float(np.abs(digest(state[key]) - expected).max() / np.linalg.norm(expected)))
    return max(errors)
