"""Saved states: what goes in comes out, and nothing else is let in."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import Observation, Proposal
from nasbench_pytorch.search.saving.saved_state import decode, encode, read_state, write_state
from nasbench_pytorch.space import ModelSpec, named_cell

SPEC = ModelSpec(named_cell("inception").spec.original_matrix, named_cell("inception").spec.original_ops)
_keys = st.one_of(st.text(max_size=4), st.integers(), st.tuples(st.integers(), st.booleans()))
_leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5))
VALUES = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(_keys, inner, max_size=3),
        st.sets(st.integers(), max_size=3),
        st.builds(deque, st.lists(inner, max_size=3), st.sampled_from([None, 5])),
    ),
    max_leaves=8,
)


def through_json(value: Any) -> Any:
    return decode(json.loads(json.dumps(encode(value))))


@given(VALUES)
@settings(max_examples=30)
def test_plain_values_come_back_with_their_types(value: Any) -> None:
    assert repr(through_json(value)) == repr(value)


def test_arrays_generators_specs_and_records_come_back() -> None:
    array = through_json({"a": np.arange(6, dtype=np.int16).reshape(2, 3), "b": np.array([], np.bool_)})
    assert array["a"].dtype == np.int16 and array["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert array["b"].dtype == np.bool_ and array["b"].flags.writeable
    number = through_json(np.float32(0.1))
    assert type(number) is np.float32 and number == np.float32(0.1)
    rng = np.random.Generator(np.random.PCG64(3))
    rng.random(7)
    assert through_json(rng).random(5).tolist() == rng.random(5).tolist()
    assert through_json(SPEC) == SPEC
    assert through_json([Proposal(3, 36, SPEC), Observation(0.5, 3.0)]) == [
        Proposal(3, 36, SPEC),
        Observation(0.5, 3.0),
    ]


@pytest.mark.parametrize("value", [object(), {"a": {1, 2}.__iter__()}, np.array([None]), Path("x"), lambda: 0])
def test_what_is_not_plain_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="a saved state cannot hold"):
        encode(value)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"__kind__": "code", "value": 1}', '{"__kind__": "array"}', "nul"])
def test_a_damaged_state_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    write_state(path, {"a": 1})
    assert read_state(path) == {"a": 1}
    path.write_text(text)
    with pytest.raises(InputError, match="not the state of a search"):
        read_state(path)
