"""A cell as a module: its vertices, wired as its edges say."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from nasbench_pytorch.model.operations import OPERATIONS, BatchNormSettings, ConvBNReLU
from nasbench_pytorch.space.channels import compute_vertex_channels
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

    Raises:
        InputError: more vertices feed the output than it has channels.
    """

    def __init__(self, spec: ModelSpec, in_channels: int, out_channels: int, batch_norm: BatchNormSettings) -> None:
        super().__init__()
        rows = spec.adjacency_rows()
        assert spec.ops is not None
        assert spec.matrix is not None
        channels = compute_vertex_channels(in_channels, out_channels, spec.matrix)
        self.last = len(rows) - 1
        for vertex in range(1, self.last + 1):
            projected = rows[0] >> vertex & 1
            self.add_module(
                self._name(vertex),
                Vertex(
                    channels[vertex],
                    tuple(source for source in range(1, vertex) if rows[source] >> vertex & 1),
                    ConvBNReLU(in_channels, channels[vertex], 1, batch_norm) if projected else None,
                    OPERATIONS[spec.ops[vertex]].build(channels[vertex], batch_norm) if vertex < self.last else None,
                ),
            )

    def _name(self, vertex: int) -> str:
        return "output" if vertex == self.last else f"vertex_{vertex}"

    def vertex(self, index: int) -> Vertex:
        """The vertex of that index in the pruned matrix, from 1; the last is the output."""
        vertex = self.get_submodule(self._name(index))
        assert isinstance(vertex, Vertex)
        return vertex

    def forward(self, images: Float[Tensor, "batch in h w"]) -> Float[Tensor, "batch out h w"]:
        """Run the vertices in order."""
        results: dict[int, Tensor] = {}
        for index in range(1, self.last):
            vertex = self.vertex(index)
            total = None
            for source in vertex.sources:
                # Two vertices that share an output's channels unevenly differ by one; the first channels go on.
                part = results[source][:, : vertex.channels]
                total = part if total is None else total + part
            if vertex.projection is not None:
                projected = vertex.projection(images)
                total = projected if total is None else total + projected
            assert vertex.operation is not None
            results[index] = vertex.operation(total)
        return self._join(images, results)

    def _join(self, images: Tensor, results: dict[int, Tensor]) -> Tensor:
        output = self.vertex(self.last)
        parts = [results[source] for source in output.sources]
        joined = None if not parts else parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
        if output.projection is None:
            assert joined is not None
            return joined
        projected: Tensor = output.projection(images)
        return projected if joined is None else joined + projected
