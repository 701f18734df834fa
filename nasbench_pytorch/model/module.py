"""The cell as a torch module: one sub-module per vertex, connected by the edges of the matrix."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn

from nasbench_pytorch.model.operations import OPERATIONS, BatchNormSettings, ConvBnRelu
from nasbench_pytorch.model.projections import can_run_together, run_together
from nasbench_pytorch.space.costs.channels import compute_vertex_channels
from nasbench_pytorch.space.spec import ModelSpec


class Vertex(nn.Module):
    """One vertex: an operation on the sum of its inputs, one of which may be a projection of the module's input.

    Attributes:
        channels: channels of the sum and of the vertex's result.
        sources: interior vertices that feed this vertex, ascending.
        projection: 1×1 conv → BN → ReLU of the module's input; None without an edge from the input.
        operation: module that is applied to the sum; None for the output vertex.
    """

    def __init__(
        self,
        channels: int,
        sources: tuple[int, ...],
        projection: ConvBnRelu | None,
        operation: nn.Module | None,
    ) -> None:
        super().__init__()
        self.channels = channels
        self.sources = sources
        self.projection = projection
        self.operation = operation


class Cell(nn.Module):
    """A module of the network, one copy of the cell: [batch, in_channels, h, w] → [batch, out_channels, h, w].

    Each vertex adds its inputs. Inputs from interior vertices are truncated to the vertex's channels (the first ones
    are kept); the module's input is projected first. The output concatenates the interior vertices that feed it and
    adds a projection of the module's input if the matrix has that edge. There is no ReLU after a sum.

    Attributes:
        fuse_projections: run the projections as one layer. This is faster and gives the same results.
        in_place: overwrite sums that nothing else needs. This saves memory and gives the same results.
        matrix: the pruned matrix.
        num_vertices: number of its vertices.
        vertex_channels: channels of each vertex.

    Raises:
        InputError: more vertices feed the output than it has channels.
    """

    def __init__(
        self,
        spec: ModelSpec,
        in_channels: int,
        out_channels: int,
        batch_norm: BatchNormSettings,
    ) -> None:
        super().__init__()
        self.fuse_projections = self.in_place = False
        self.matrix, ops, rows = spec.pruned()
        self.num_vertices = len(rows)
        self.vertex_channels = channels = compute_vertex_channels(in_channels, out_channels, self.matrix)
        self.last = len(rows) - 1
        for vertex in range(1, self.last + 1):
            projected = rows[0] >> vertex & 1
            self.add_module(
                self._name(vertex),
                Vertex(
                    channels[vertex],
                    tuple(source for source in range(1, vertex) if rows[source] >> vertex & 1),
                    batch_norm.conv(in_channels, channels[vertex], 1) if projected else None,
                    OPERATIONS[ops[vertex]].build(channels[vertex], batch_norm) if vertex < self.last else None,
                ),
            )

    def _name(self, vertex: int) -> str:
        return "output" if vertex == self.last else f"vertex_{vertex}"

    def vertex(self, index: int) -> Vertex:
        """Return the vertex at `index` of the pruned matrix, counted from 1; the last one is the output."""
        # torch 2.4 cannot compile `get_submodule`.
        vertex = getattr(self, self._name(index))
        assert isinstance(vertex, Vertex)
        return vertex

    @property
    def vertex_op(self) -> list[nn.Module]:
        """Operation of each vertex but the output, under its name in 1.3.1; the input's is `nn.Identity`."""
        interior = (self.vertex(index).operation for index in range(1, self.last))
        return [nn.Identity(), *(operation for operation in interior if operation is not None)]

    @property
    def input_op(self) -> list[nn.Module]:
        """Projection of the module's input for each vertex, under its name in 1.3.1; `nn.Identity` without an edge."""
        projections = (self.vertex(index).projection for index in range(1, self.num_vertices))
        return [nn.Identity(), *(projection or nn.Identity() for projection in projections)]

    @property
    def last_inop(self) -> nn.Module:
        """Projection of the module's input for the output vertex, under its name in 1.3.1."""
        return self.input_op[-1]

    def forward(self, images: Float[Tensor, "batch in h w"]) -> Float[Tensor, "batch out h w"]:
        """Run the vertices in order."""
        projected = self._project(images)
        results: dict[int, Tensor] = {}
        for index in range(1, self.last):
            vertex = self.vertex(index)
            # Channels that do not divide evenly differ by one between vertices; the first channels are kept.
            parts = [self._truncated(results, source, vertex.channels) for source in vertex.sources]
            if index in projected:
                parts.append(projected[index])
            assert vertex.operation is not None
            results[index] = vertex.operation(self._sum(parts))
        parts = [results[source] for source in self.vertex(self.last).sources]
        joined = [torch.cat(parts, dim=1) if len(parts) > 1 else parts[0]] if parts else []
        if self.last in projected:
            joined.append(projected[self.last])
        return self._sum(joined, owned=len(parts) > 1)

    def _project(self, images: Tensor) -> dict[int, Tensor]:
        """Return the projection of the module's input for each vertex that the input feeds."""
        projections = {
            index: vertex.projection
            for index in range(1, self.last + 1)
            if (vertex := self.vertex(index)).projection is not None
        }
        layers = list(projections.values())
        if self.fuse_projections and can_run_together(layers):
            return dict(zip(projections, run_together(layers, images), strict=True))
        return {index: projection(images) for index, projection in projections.items()}

    def _truncated(self, results: dict[int, Tensor], source: int, channels: int) -> Tensor:
        """Return the first channels of a vertex's result, as dense as every other input of a layer."""
        if self.vertex_channels[source] == channels:
            return results[source]
        part = results[source][:, :channels]
        return part if self.in_place else part.clone()

    def _sum(self, parts: list[Tensor], owned: bool = False) -> Tensor:
        """Add the parts in order, if allowed in place from the second addition on.

        The backward pass may need the parts, but not their intermediate sums, so only a sum may be overwritten.

        Args:
            parts: tensors of the same shape.
            owned: nothing else needs the first part, so that the first addition may be in place too.
        """
        total = parts[0]
        for part in parts[1:]:
            total = total.add_(part) if self.in_place and owned and total.dtype == part.dtype else total + part
            owned = True
        return total
