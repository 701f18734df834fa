"""Binary search for hashes and their prefixes in the two sorted halves of the hashes of a space."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.space.enumeration.cell_columns import HashHalves

_HASH = re.compile(r"[0-9a-f]{32}")
_PREFIX = re.compile(r"[0-9a-f]{1,32}")


def find_hash(halves: HashHalves, hash_hex: str) -> int | None:
    """Return the row of a hash, or None if it is absent or is not 32 lower-case hex digits."""
    if not _HASH.fullmatch(hash_hex):
        return None
    upper, lower = halves
    high, low = np.uint64(int(hash_hex[:16], 16)), np.uint64(int(hash_hex[16:], 16))
    row = int(upper.searchsorted(high))
    while row < len(upper) and upper[row] == high:
        if lower[row] == low:
            return row
        row += 1
    return None


def find_hashes(halves: HashHalves, hashes: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the rows of many hashes, shape (N,).

    Raises:
        InputError: a hash is absent; the message names the first.
    """
    rows = [find_hash(halves, hash_hex) for hash_hex in hashes]
    if None in rows:
        missing = hashes[rows.index(None)]
        raise InputError(f"hash '{missing}' is not among the {len(halves.upper):,} cells")
    return np.array(rows, dtype=np.int64)


def rows_with_prefix(halves: HashHalves, prefix: str) -> range:
    """Return the rows whose hash begins with `prefix`.

    Raises:
        InputError: the prefix is not 1 to 32 hex digits.
    """
    text = prefix.lower()
    if not _PREFIX.fullmatch(text):
        raise InputError(f"'{prefix}' is not a hash; a hash is 32 hex digits, of which the first few may be enough")
    return range(_first_at_least(halves, text.ljust(32, "0")), _first_above(halves, text.ljust(32, "f")))


def longest_known_prefix(halves: HashHalves, hash_hex: str) -> tuple[str, range]:
    """Return the longest prefix of `hash_hex` that some hash has, and the rows of these hashes."""
    for length in range(len(hash_hex), 0, -1):
        rows = rows_with_prefix(halves, hash_hex[:length])
        if rows:
            return hash_hex[:length].lower(), rows
    return "", range(len(halves.upper))


def _first_at_least(halves: HashHalves, hash_hex: str) -> int:
    upper, lower = halves
    high, low = np.uint64(int(hash_hex[:16], 16)), np.uint64(int(hash_hex[16:], 16))
    start, end = int(upper.searchsorted(high)), int(upper.searchsorted(high, side="right"))
    return start + int(lower[start:end].searchsorted(low))


def _first_above(halves: HashHalves, hash_hex: str) -> int:
    following = int(hash_hex, 16) + 1
    return len(halves.upper) if following >> 128 else _first_at_least(halves, f"{following:032x}")
