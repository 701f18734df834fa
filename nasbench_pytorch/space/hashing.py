"""The isomorphism-invariant hash of NAS-Bench-101: MD5 refinement of a labelled DAG.

Each vertex starts with the MD5 of its (out-degree, in-degree, label). As often as there are vertices, every vertex
takes the MD5 of its predecessors' sorted digests, its successors' sorted digests and its own. The MD5 of the sorted
list of the vertices' last digests is the cell's hash. It does not depend on the numbering of the vertices.

Source: Ying et al. 2019 (arXiv 1902.09635), appendix; the texts that are hashed are those of the original's
`graph_util.hash_module`, since every published row is filed under its digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def hash_labelled_graph(rows: Sequence[int], labels: Sequence[int]) -> str:
    """Hash of a pruned DAG.

    Args:
        rows: V integers; bit w of `rows[v]` is set where there is an edge v→w.
        labels: V integers: -1 input, -2 output, else an operation's index.

    Returns:
        32 lower-case hex digits.
    """
    size = len(rows)
    successors = [[w for w in range(size) if rows[v] >> w & 1] for v in range(size)]
    predecessors = [[u for u in range(size) if rows[u] >> v & 1] for v in range(size)]
    digests = [_md5(str((len(successors[v]), len(predecessors[v]), labels[v]))) for v in range(size)]
    for _ in range(size):
        digests = [
            _md5(
                "".join(sorted(digests[u] for u in predecessors[v]))
                + "|"
                + "".join(sorted(digests[w] for w in successors[v]))
                + "|"
                + digests[v]
            )
            for v in range(size)
        ]
    return _md5(str(sorted(digests)))
