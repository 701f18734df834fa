"""Seeds in the ranges that libraries take."""

from __future__ import annotations


def seed_of_32_bits(seed: int) -> int:
    """Return a seed as scikit-learn takes it, below 2³². Seeds that are smaller stay as they are."""
    return seed % 2**32


def seed_of_63_bits(seed: int) -> int:
    """Return a seed as torch takes it, below 2⁶³. Seeds that are smaller stay as they are."""
    return seed % 2**63
