"""SHA-256 of a file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def file_sha256(path: str | os.PathLike[str], size_bytes: int | None = None) -> str:
    """Return the SHA-256 of a file as 64 hex digits.

    Args:
        path: the file.
        size_bytes: number of bytes to digest, from the beginning; None for all.
    """
    digest = hashlib.sha256()
    left = size_bytes
    with Path(path).open("rb", buffering=0) as stream:
        while left is None or left > 0:
            piece = stream.read(1 << 20 if left is None else min(1 << 20, left))
            if not piece:
                break
            digest.update(piece)
            left = None if left is None else left - len(piece)
    return digest.hexdigest()
