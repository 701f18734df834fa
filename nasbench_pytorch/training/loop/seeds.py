"""Seeds of the independent random streams of a training."""

from __future__ import annotations

import hashlib
import json

WEIGHTS_STREAM = 0
BATCHES_STREAM = 1


def derived_seed(seed: int, attempt: int, stream: int) -> int:
    """Return a 63-bit seed for one random stream of one attempt, so that seeds 0, 1, 2 share no stream.

    Args:
        seed: seed of the training.
        attempt: number of the attempt, from 1.
        stream: `WEIGHTS_STREAM` or `BATCHES_STREAM`.
    """
    digest = hashlib.sha256(json.dumps((seed, attempt, stream)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1
