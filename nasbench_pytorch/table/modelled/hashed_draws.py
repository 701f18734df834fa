"""Random numbers that depend on a cell's hash and on nothing else, so that they are the same on every machine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SIXTEEN_BITS = np.uint64(0xFFFF)


@dataclass(frozen=True)
class HashedDraws:
    """Independent draws for N cells.

    Only whole numbers, additions, multiplications and divisions are used, which every machine computes alike; a
    library's sine or logarithm may differ in the last bit.

    Attributes:
        words: shape (N,): 64 bits of each cell's hash.
    """

    words: Words

    def of_stream(self, number: int) -> HashedDraws:
        """Return other draws for the same cells, independent of these."""
        return HashedDraws(self.bits("stream", number))

    def bits(self, quantity: str, place: int = 0) -> Words:
        """64 random bits a cell; `quantity` and `place` name the draw.

        Source: the output function of SplitMix64 (Steele, Lea and Flood 2014).
        """
        stream = int.from_bytes(quantity.encode()[:6].ljust(6, b"."), "little") * 64 + place
        with np.errstate(over="ignore"):
            mixed: Words = self.words + np.uint64(stream) * _GOLDEN
            for _ in range(2):  # streams are no random numbers, so mix twice
                mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
                mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
                mixed ^= mixed >> np.uint64(31)
        return mixed

    def uniform(self, quantity: str, place: int = 0) -> Floats:
        """Uniform in (0, 1)."""
        uniform: Floats = ((self.bits(quantity, place) >> np.uint64(12)).astype(np.float64) + 0.5) / 2.0**52
        return uniform

    def normal(self, quantity: str, place: int = 0) -> Floats:
        """Nearly standard normal: the sum of four uniform numbers, never beyond 3.47."""
        bits = self.bits(quantity, place)
        parts = [((bits >> np.uint64(shift)) & _SIXTEEN_BITS).astype(np.float64) for shift in (0, 16, 32, 48)]
        total = parts[0] + parts[1] + parts[2] + parts[3]
        normal: Floats = (total - 131070.0) / (65536.0 / 1.7320508075688772)
        return normal
