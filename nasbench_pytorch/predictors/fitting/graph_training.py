"""Training of a graph network on cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from nasbench_pytorch.predictors.fitting.graph_module import GraphModule
from nasbench_pytorch.predictors.fitting.seeds import seed_of_bits

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.graph_network import GraphNetwork
    from nasbench_pytorch.predictors.protocol import Floats


def train_module(settings: GraphNetwork, inputs: tuple[Tensor, ...], scores: Floats, seed: int) -> GraphModule:
    """A network trained by AdamW on the smooth L1 loss, in evaluation mode.

    Args:
        settings: sizes and rates.
        inputs: adjacency, operations, channels and standardised features of N cells.
        scores: normal scores of the targets, shape (N, T).
        seed: decides initial weights, batches and dropout; torch's own generator is left as it was.
    """
    count, targets = scores.shape
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_of_bits(seed, 63))
        module = GraphModule(
            inputs[1].shape[2], inputs[3].shape[1], targets, settings.width, settings.layers, settings.dropout
        )
        wanted = torch.from_numpy(np.ascontiguousarray(scores)).float()
        optimizer = torch.optim.AdamW(module.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
        batch_size = min(settings.batch_size, count)
        epochs = max(settings.epochs, -(-settings.least_steps // (count // batch_size)))
        steps = epochs * (count // batch_size)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, settings.learning_rate, total_steps=steps + 1, pct_start=0.1
        )
        module.train()
        for _ in range(epochs):
            order = torch.randperm(count)
            for start in range(0, count - batch_size + 1, batch_size):
                rows = order[start : start + batch_size]
                loss = F.smooth_l1_loss(module(*(values[rows] for values in inputs)), wanted[rows], beta=0.5)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
                optimizer.step()
                schedule.step()
    return module.eval()
