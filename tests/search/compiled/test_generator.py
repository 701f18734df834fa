"""The compiled generator against NumPy's."""

from __future__ import annotations

import numpy as np

from nasbench_pytorch.search.compiled.generator import random_below, random_float, random_state


def test_the_stream_is_that_of_numpys_generator() -> None:
    generator = np.random.Generator(np.random.PCG64(12345))
    state = random_state(generator)
    assert [random_float(state) for _ in range(1000)] == [generator.random() for _ in range(1000)]
    assert state.tolist() == random_state(generator).tolist()


def test_integers_below_a_number_are_uniform() -> None:
    state = random_state(np.random.Generator(np.random.PCG64(7)))
    counts = np.bincount([random_below(state, 7) for _ in range(7000)], minlength=8)
    assert counts[7] == 0
    assert ((counts[:7] - 1000) ** 2 / 1000).sum() < 22.5  # p = .001 with 6 degrees of freedom
