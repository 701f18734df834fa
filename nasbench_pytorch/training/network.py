"""The network that a recipe trains, and the identity of a training."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from nasbench_pytorch.model.network import Network

if TYPE_CHECKING:
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.space.spec import ModelSpec
    from nasbench_pytorch.training.recipe import Recipe


def build_network(spec: ModelSpec, skeleton: Skeleton, recipe: Recipe) -> Network:
    """Build the network that `recipe` trains, with weights from torch's global generator."""
    network = Network(
        spec,
        **vars(skeleton),
        batch_norm_decay=recipe.batch_norm_decay,
        eps=recipe.batch_norm_eps,
        initialization=recipe.initialization,
    )
    if recipe.operation_batch_norm_decay is not None:
        for name, module in network.named_modules():
            if isinstance(module, torch.nn.BatchNorm2d) and ".operation." in name:
                module.momentum = 1 - recipe.operation_batch_norm_decay
    return network


def identity(
    spec: ModelSpec,
    skeleton: Skeleton,
    recipe: Recipe,
    seed: int,
    data: dict[str, Any],
    initial_weights: Mapping[str, torch.Tensor] | None = None,
) -> dict[str, Any]:
    """What a resumed training must share with the one that was begun."""
    return {
        "spec": spec.to_dict(),
        "skeleton": dict(vars(skeleton)),
        "recipe": recipe.to_dict(),
        "seed": seed,
        "data": data,
        "initial_weights": "drawn" if initial_weights is None else _digest(initial_weights),
    }


def _digest(weights: Mapping[str, torch.Tensor]) -> str:
    digest = hashlib.sha256()
    for name, tensor in weights.items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
