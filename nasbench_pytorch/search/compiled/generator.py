"""NumPy's PCG64 in compiled code, with its state in an array.

numba accepts a `numpy.random.Generator`, but each call with one costs 12 µs. An array of four numbers costs nothing and
is saved with the rest of a search's state. `random_float` has the same stream as `Generator.random`.

Source: O'Neill 2014, PCG: a family of simple fast space-efficient statistically good algorithms for random number
generation (PCG XSL RR 128/64).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.njit import njit

_LOW_32 = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_FACTOR_HIGH, _FACTOR_LOW = np.uint64(2549297995355413924), np.uint64(4865540595714422341)

RandomState = npt.NDArray[np.uint64]
"""Shape (4,): upper and lower half of the state, and of the increment."""


def random_state(generator: np.random.Generator) -> RandomState:
    """Return the state of a generator with PCG64 as an array; the generator itself does not change."""
    numbers = generator.bit_generator.state["state"]
    halves = [(numbers[name] >> shift) & (1 << 64) - 1 for name in ("state", "inc") for shift in (64, 0)]
    return np.array(halves, dtype=np.uint64)


@njit
def random_float(state: RandomState) -> float:
    """Draw a number from [0, 1), a multiple of 2^-53."""
    drawn: float = (_random_bits(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)
    return drawn


@njit
def random_below(state: RandomState, count: int) -> int:
    """Draw an integer of 0 to count - 1; the probabilities differ by less than count × 2^-53."""
    drawn: int = np.int64(random_float(state) * count)
    return drawn


@njit
def _random_bits(state: RandomState) -> np.uint64:
    """Advance the state, and return 64 random bits."""
    low = state[1] * _FACTOR_LOW
    high = _upper_half(state[1], _FACTOR_LOW) + state[0] * _FACTOR_LOW + state[1] * _FACTOR_HIGH
    state[1] = low + state[3]
    state[0] = high + state[2] + (np.uint64(1) if state[1] < low else np.uint64(0))
    mixed = state[0] ^ state[1]
    turn = state[0] >> np.uint64(58)
    turned: np.uint64 = mixed >> turn | mixed << (np.uint64(64) - turn & np.uint64(63))
    return turned


@njit
def _upper_half(first: np.uint64, second: np.uint64) -> np.uint64:
    """Return the upper 64 bits of a product of 128 bits."""
    first_low, first_high = first & _LOW_32, first >> _32
    second_low, second_high = second & _LOW_32, second >> _32
    middle = first_high * second_low + (first_low * second_low >> _32)
    other = first_low * second_high + (middle & _LOW_32)
    upper: np.uint64 = first_high * second_high + (middle >> _32) + (other >> _32)
    return upper
