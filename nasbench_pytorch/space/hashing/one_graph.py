"""The isomorphism-invariant hash of NAS-Bench-101: MD5 refinement of a labelled DAG.

Each vertex starts with the MD5 of its (out-degree, in-degree, label). In each of V rounds, every vertex takes the MD5
of its predecessors' sorted digests, its successors' sorted digests and its previous digest. The cell's hash is the MD5
of the sorted list of the vertices' last digests. It does not depend on the numbering of the vertices.

A cell of 7 vertices takes 57 MD5s over 131 blocks: 43 µs of bare hashlib calls alone. The module `compiled` hashes the
vertices side by side, which is several times as fast, but loading it takes as long as thousands of hashes. A process
therefore starts with hashlib and loads `compiled` when the hashes so far would have paid for it (the ski-rental rule:
never more than twice the cost of the better choice), or uses it when other code has loaded it. The hashes of the last
65,536 different graphs are cached, at about 450 bytes each: at most 30 MB.

Source: Ying et al. 2019 (arXiv 1902.09635), appendix. The hashed texts are those of the original's
`graph_util.hash_module`, since every published row is stored under its digest.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import itertools
import sys
from collections.abc import Sequence

LOADING_PAYS_AFTER = 15_000
"""Number of hashes. Loading the compiled hash takes some 0.5 s and saves 40 to 60 µs a hash (`benchmarks/space.py`)."""

MEMORY_LIMIT = 1 << 16
"""Number of graphs whose hash is cached."""

_COMPILED_MODULE = "nasbench_pytorch.space.hashing.compiled"
_COMPILED_VERTICES, _COMPILED_LABELS = 8, 250

_hashed = itertools.count(1)


@functools.lru_cache(maxsize=MEMORY_LIMIT)
def hash_labelled_graph(rows: tuple[int, ...], labels: tuple[int, ...]) -> str:
    """Hash a pruned DAG.

    Args:
        rows: V integers; bit w of `rows[v]` is set where there is an edge v→w.
        labels: V integers: -1 input, -2 output, else an operation's index.

    Returns:
        32 lower-case hex digits.
    """
    if compiled_hash_is_loaded() or (next(_hashed) > LOADING_PAYS_AFTER and _load()):
        size = len(rows)
        if size <= _COMPILED_VERTICES and max(labels) <= _COMPILED_LABELS:
            from nasbench_pytorch.space.hashing.compiled import hash_small

            row_bytes, label_bytes = bytes(rows), bytes([label + 2 for label in labels])
            return "%016x%016x" % hash_small(  # noqa: UP031 - twice as fast as an f-string of two values
                size, int.from_bytes(row_bytes, "little"), int.from_bytes(label_bytes, "little")
            )
    return hash_with_hashlib(rows, labels)


def compiled_hash_is_loaded() -> bool:
    """Return whether this process has loaded the compiled hash."""
    return _COMPILED_MODULE in sys.modules


def _load() -> bool:
    """Load the compiled hash; return False where numba is broken or missing, which only costs speed."""
    try:
        importlib.import_module(_COMPILED_MODULE)
    except (ImportError, OSError, RuntimeError):
        return False
    return compiled_hash_is_loaded()


def _md5(text: bytes) -> bytes:
    return hashlib.md5(text, usedforsecurity=False).hexdigest().encode()


def hash_with_hashlib(rows: Sequence[int], labels: Sequence[int]) -> str:
    """Hash as `hash_labelled_graph` does, without the cache and without compiled code, for any number of vertices."""
    size = len(rows)
    successors = [[w for w in range(v + 1, size) if rows[v] >> w & 1] for v in range(size)]
    predecessors = [[u for u in range(v) if rows[u] >> v & 1] for v in range(size)]
    vertices = list(zip(predecessors, successors, range(size), strict=True))
    digests = [_md5(b"(%d, %d, %d)" % (len(outs), len(ins), labels[v])) for ins, outs, v in vertices]
    for _ in range(size):
        digests = [
            _md5(
                b"%b|%b|%b"
                % (
                    b"".join(sorted([digests[u] for u in ins])),
                    b"".join(sorted([digests[w] for w in outs])),
                    digests[v],
                )
            )
            for ins, outs, v in vertices
        ]
    return _md5(str([digest.decode() for digest in sorted(digests)]).encode()).decode()
