"""Seeds in the ranges that libraries take."""

from __future__ import annotations


def seed_of_bits(seed: int, bits: int) -> int:
    """Return a seed of at most so many bits: 32 for scikit-learn, 63 for torch. Smaller seeds stay as they are."""
    return seed % (1 << bits)
