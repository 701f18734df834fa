"""A cell as a module: its vertices, wired as its edges say."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from nasbench_pytorch.model.operations import OPERATIONS, BatchNormSettings, ConvBNReLU
from nasbench_pytorch.model.projections import can_run_together, run_together
from nasbench_pytorch.space.costs.channels import compute_vertex_channels
from nasbench_pytorch.space.spec import ModelSpec


class Vertex(nn.Module):
    """One vertex: a projection of the module's input, where that feeds it, and an operation on the sum of its inputs.

    Attributes:
        channels: channels of its inputs' sum and of its result.
        sources: interior vertices that feed it, ascending.
        projection: 1×1 conv → BN → ReLU of the module's input, or None where there is no such edge.
        operation: what it does; the output vertex does nothing more.
    """

    def __init__(
        self,
        channels: int,
        sources: tuple[int, ...],
        projection: ConvBNReLU | None,
        operation: nn.Module | None,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.sources = sources
        self.projection = projection
        self.operation = operation


class CellModule(nn.Module):
    """One copy of the cell: [batch, in_channels, h, w] → [batch, out_channels, h, w].

    Interior inputs of a vertex are cut to its channels (the first ones stay) and added; the module's input enters
    through a projection. The output is the concatenation of the interior vertices that feed it, plus, where the
    input feeds it too, a projection of the input. There is no ReLU after a sum.

    Attributes:
        fuse_projections: run the projections as one layer, which is faster and otherwise the same.

    Raises:
        InputError: more vertices feed the output than it has channels.
    """

    def __init__(
        self,
        spec: ModelSpec,
        in_channels: int,
        out_channels: int,
        batch_norm: BatchNormSettings,
        fuse_projections: bool = True,
    ) -> None:
        super().__init__()
        self.fuse_projections = fuse_projections
        matrix, ops, rows = spec.pruned()
        channels = compute_vertex_channels(in_channels, out_channels, matrix)
        self.last = len(rows) - 1
        for vertex in range(1, self.last + 1):
            projected = rows[0] >> vertex & 1
            self.add_module(
                self._name(vertex),
                Vertex(
                    channels[vertex],
                    tuple(source for source in range(1, vertex) if rows[source] >> vertex & 1),
                    ConvBNReLU(in_channels, channels[vertex], 1, batch_norm) if projected else None,
                    OPERATIONS[ops[vertex]].build(channels[vertex], batch_norm) if vertex < self.last else None,
                ),
            )

    def _name(self, vertex: int) -> str:
        return "output" if vertex == self.last else f"vertex_{vertex}"

    def vertex(self, index: int) -> Vertex:
        """The vertex of that index in the pruned matrix, from 1; the last is the output."""
        vertex = getattr(self, self._name(index))
        assert isinstance(vertex, Vertex)
        return vertex

    def forward(self, images: Float[Tensor, "batch in h w"]) -> Float[Tensor, "batch out h w"]:
        """Run the vertices in order."""
        projected = self._project(images)
        results: dict[int, Tensor] = {}
        for index in range(1, self.last):
            vertex = self.vertex(index)
            # Two vertices that share an output's channels unevenly differ by one; the first channels go on.
            parts = [results[source][:, : vertex.channels] for source in vertex.sources]
            if index in projected:
                parts.append(projected[index])
            assert vertex.operation is not None
            results[index] = vertex.operation(_sum(parts))
        parts = [results[source] for source in self.vertex(self.last).sources]
        joined = [torch.cat(parts, dim=1) if len(parts) > 1 else parts[0]] if parts else []
        if self.last in projected:
            joined.append(projected[self.last])
        return _sum(joined, owned=len(parts) > 1)

    def _project(self, images: Tensor) -> dict[int, Tensor]:
        """What each vertex that the module's input feeds gets of it."""
        projections = {
            index: vertex.projection
            for index in range(1, self.last + 1)
            if (vertex := self.vertex(index)).projection is not None
        }
        layers = list(projections.values())
        if self.fuse_projections and can_run_together(layers):
            return dict(zip(projections, run_together(layers, images), strict=True))
        return {index: projection(images) for index, projection in projections.items()}


def _sum(parts: list[Tensor], owned: bool = False) -> Tensor:
    """Sum in order, in place from the second addition on; `owned`: the first part is nobody else's, so at once.

    The parts themselves may have been kept for the backward pass; a sum has not.
    """
    total = parts[0]
    for part in parts[1:]:
        total = total.add_(part) if owned and total.dtype == part.dtype else total + part
        owned = True
    return total
