"""Reference for benchmarks/space.py: the search space in straightforward code, written from the paper."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.int8]


def reference_hash(matrix: Matrix, labels: list[int]) -> str:
    """Return the hash of a labelled matrix by MD5 refinement, one vertex after the other, as in the definition."""
    size = matrix.shape[0]

    def md5(text: str) -> str:
        return hashlib.md5(text.encode("utf-8")).hexdigest()

    digests = [md5(str((int(matrix[v].sum()), int(matrix[:, v].sum()), labels[v]))) for v in range(size)]
    for _ in range(size):
        digests = [
            md5(
                "".join(sorted(digests[u] for u in range(size) if matrix[u, v]))
                + "|"
                + "".join(sorted(digests[w] for w in range(size) if matrix[v, w]))
                + "|"
                + digests[v]
            )
            for v in range(size)
        ]
    return md5(str(sorted(digests)))


def full_matrices(size: int, max_edges: int) -> Iterator[Matrix]:
    """Yield every matrix of `size` vertices that are all on paths from the first to the last."""
    sources, targets = zip(*((u, w) for w in range(size) for u in range(w)), strict=True)
    for bits in range(1 << len(sources)):
        if bits.bit_count() > max_edges:
            continue
        matrix = np.zeros((size, size), dtype=np.int8)
        matrix[sources, targets] = [bits >> bit & 1 for bit in range(len(sources))]
        if matrix[:-1].any(axis=1).all() and matrix[:, 1:].any(axis=0).all():
            yield matrix


def reference_enumeration(
    max_vertices: int, max_edges: int = 9, operations: int = 3
) -> dict[str, tuple[Matrix, list[int]]]:
    """Return hash → the first labelled graph with this hash."""
    cells: dict[str, tuple[Matrix, list[int]]] = {}
    for size in range(2, max_vertices + 1):
        for matrix in full_matrices(size, max_edges):
            for interior in itertools.product(range(operations), repeat=size - 2):
                labels = [-1, *interior, -2]
                cells.setdefault(reference_hash(matrix, labels), (matrix, labels))
    return cells
