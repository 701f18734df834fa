"""A few changed files for each reader; `make fuzz` reads many more."""

from __future__ import annotations

import pytest

from tests.fuzz.batch import CRASH, TRACEBACK, WRONG, run_batch
from tests.fuzz.readers import READERS


@pytest.mark.parametrize("name", READERS)
def test_changed_files_are_refused_in_one_line_or_read_right(name: str) -> None:
    inputs = int(40 * READERS[name].weight)
    outcome = run_batch(name, first_seed=1_000_000, inputs=inputs)
    assert outcome.faults == []
    assert not {WRONG, TRACEBACK, CRASH} & set(outcome.counts)
    assert sum(outcome.counts.values()) == inputs
