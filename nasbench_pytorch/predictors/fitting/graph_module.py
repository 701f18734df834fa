"""A network that passes messages along and against the edges of a cell."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from jaxtyping import Float
from torch import Tensor, nn


class MessagePassing(nn.Module):
    """One residual layer: each vertex hears those before it and those behind it, and its operation gates the rest."""

    def __init__(self, width: int, roles: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.own = nn.Linear(width, width)
        self.heard = nn.Linear(2 * width, width, bias=False)
        self.gate = nn.Linear(roles, 2 * width)
        self.out = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.out.weight)  # the layer starts as the identity

    def forward(
        self,
        vertices: Float[Tensor, "n v width"],
        both_ways: Float[Tensor, "n 2*v v"],
        roles: Float[Tensor, "n v roles"],
    ) -> Float[Tensor, "n v width"]:
        """New states of the vertices."""
        normed = self.norm(vertices)
        # Rows of `both_ways` alternate between incoming and outgoing, so that both messages lie side by side.
        messages = torch.bmm(both_ways, normed).reshape(*vertices.shape[:2], -1)
        scale, shift = self.gate(roles).chunk(2, dim=-1)
        mixed = (self.own(normed) + self.heard(messages)) * (1 + scale) + shift
        return vertices + self.dropout(self.out(F.gelu(mixed)))  # type: ignore[no-any-return]


class GraphModule(nn.Module):
    """States of the vertices by message passing, read off at input, output and in sum, beside the cell's features.

    No layer knows a vertex's number, so isomorphic cells give the same output.
    """

    def __init__(self, roles: int, features: int, targets: int, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.embed = nn.Linear(roles + 3, width)
        self.layers = nn.ModuleList(MessagePassing(width, roles, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.describe = nn.Sequential(nn.Linear(features, 128), nn.GELU(), nn.Dropout(dropout))
        self.head = nn.Sequential(
            nn.Linear(3 * width + 128, 128), nn.GELU(), nn.Dropout(dropout), nn.Linear(128, targets)
        )

    def forward(
        self,
        adjacency: Float[Tensor, "n v v"],
        roles: Float[Tensor, "n v roles"],
        channels: Float[Tensor, "n v"],
        features: Float[Tensor, "n features"],
    ) -> Float[Tensor, "n targets"]:
        """Normal scores of the targets."""
        there = roles.sum(dim=2, keepdim=True)  # 0 at padding
        both_ways = torch.stack([adjacency.transpose(1, 2), adjacency], dim=2).flatten(1, 2)
        degrees = torch.stack([channels, adjacency.sum(dim=1) / 3, adjacency.sum(dim=2) / 3], dim=2)
        vertices = self.embed(torch.cat([roles, degrees], dim=2)) * there
        for layer in self.layers:
            vertices = layer(vertices, both_ways, roles) * there
        vertices = self.norm(vertices) * there
        whole = [vertices[:, 0], vertices[:, -1], vertices[:, 1:-1].sum(dim=1) / 5, self.describe(features)]
        return self.head(torch.cat(whole, dim=1))  # type: ignore[no-any-return]
