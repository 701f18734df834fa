"""The network that a recipe trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
