from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pytorch.campaign.trials import MAX_EPOCHS, MAX_REPEATS, trial_number, trial_parts, trial_seed
from nasbench_pytorch.errors import InputError

PARTS = st.tuples(st.integers(0, 2**31 - 1), st.integers(1, MAX_EPOCHS), st.integers(0, MAX_REPEATS - 1))


@given(PARTS, PARTS)
def test_a_number_is_its_parts_and_orders_as_they_do(first: tuple[int, int, int], second: tuple[int, int, int]) -> None:
    assert trial_parts(trial_number(*first)) == first
    assert trial_number(*first) < 2**63
    assert (trial_number(*first) < trial_number(*second)) == (first < second)


@pytest.mark.parametrize(("epochs", "repeat"), [(0, 0), (MAX_EPOCHS + 1, 0), (1, -1), (1, MAX_REPEATS)])
def test_parts_out_of_range_are_refused(epochs: int, repeat: int) -> None:
    with pytest.raises(InputError, match="epochs must be 1 to"):
        trial_number(0, epochs, repeat)


def test_seeds_differ_in_every_part_and_never_change() -> None:
    cell, other = "00" * 16, "01" * 16
    seeds = {trial_seed(*parts) for parts in [(0, cell, 4, 0), (1, cell, 4, 0), (0, other, 4, 0), (0, cell, 12, 0)]}
    assert len(seeds | {trial_seed(0, cell, 4, 1)}) == 5
    # A campaign goes on for years: another rule would give its trials other seeds.
    assert trial_seed(0, cell, 4, 0) == 5409331083600771607
