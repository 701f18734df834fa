"""Channels of each vertex of a cell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError


def compute_vertex_channels(in_channels: int, out_channels: int, matrix: npt.ArrayLike) -> list[int]:
    """Return the channels of every vertex of a pruned cell.

    The interior vertices that feed the output share its channels; the first ones get one more where the division
    leaves a remainder. Every other vertex has as many channels as the widest vertex that it feeds.

    Args:
        in_channels: channels of the module's input.
        out_channels: channels of the module's output.
        matrix: the pruned adjacency matrix, V×V.

    Returns:
        V numbers: `in_channels` first, `out_channels` last.

    Raises:
        InputError: more vertices feed the output than it has channels.

    Source: `compute_vertex_channels` of the original's model_builder; section 2 of Ying et al. 2019.
    """
    adjacency = np.asarray(matrix)
    last = adjacency.shape[0] - 1
    channels = [in_channels, *[0] * (last - 1), out_channels]
    feeding_output = [v for v in range(1, last) if adjacency[v, last]]
    if not feeding_output:
        return channels
    if len(feeding_output) > out_channels:
        raise InputError(
            f"the output has {out_channels} channels but {len(feeding_output)} vertices feed it; "
            "use a wider stem (stem_out_channels) or fewer edges into the output"
        )
    share, remainder = divmod(out_channels, len(feeding_output))
    for position, vertex in enumerate(feeding_output):
        channels[vertex] = share + (position < remainder)
    for vertex in range(last - 1, 0, -1):
        if not adjacency[vertex, last]:
            channels[vertex] = max(channels[w] for w in range(vertex + 1, last) if adjacency[vertex, w])
    return channels
