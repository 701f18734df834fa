from __future__ import annotations

import collections
import io
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.layouts.pickles import stream as stream_module
from nasbench_pytorch.table.layouts.pickles.dropped import DroppedNodeError
from nasbench_pytorch.table.layouts.pickles.memory import NODES, STEPS
from nasbench_pytorch.table.layouts.pickles.stream import PickleStream
from nasbench_pytorch.table.layouts.pickles.values import Values

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 70), 1 << 70),
    st.floats(allow_nan=False),
    st.text(max_size=6),
    st.binary(max_size=6),
)
_KEYS = st.one_of(st.text(max_size=4), st.integers(-300, 70000), st.tuples(st.booleans(), st.floats(allow_nan=False)))
VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(_KEYS, inner, max_size=4),
        st.tuples(inner, inner),
        st.tuples(inner),
    ),
    max_leaves=12,
)
ARRAYS = (
    np.arange(6, dtype=np.int8).reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(3, dtype=">i4"),
    np.array([], np.float32),
    np.array([True, False]),
    np.array(["a", 1], object),
    np.float32(0.5),
    np.int64(-7),
    np.bool_(True),
)


def read(data: bytes, **options: Any) -> Any:
    stream = PickleStream(io.BytesIO(data), "x.pkl", **options)
    return Values(stream).of(stream.read_whole())


@settings(max_examples=40, deadline=None)
@given(value=VALUES, protocol=st.sampled_from(PROTOCOLS), plain=st.booleans())
def test_what_builtin_values_pickle_to_is_read_as_them(value: Any, protocol: int, plain: bool) -> None:
    data = (pickle._dumps if plain else pickle.dumps)(value, protocol)  # type: ignore[attr-defined]
    assert read(data) == value


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_scalars_and_ordered_dicts_are_read(protocol: int) -> None:
    for array in ARRAYS:
        found = read(pickle.dumps(array, protocol))
        assert np.array_equal(found, array)
        assert np.asarray(found).dtype == np.asarray(array).dtype
    ordered = collections.OrderedDict([("z", 1), ("a", 2)])
    assert list(read(pickle.dumps(ordered, protocol)).items()) == [("z", 1), ("a", 2)]
    assert read(pickle.dumps(bytearray(b"\xff\x00"), protocol)) == b"\xff\x00"
    shared = ["q"]
    assert read(pickle.dumps([shared, shared, {"x": shared}], protocol)) == [shared, shared, {"x": shared}]


def test_numpy_1_names_are_read() -> None:
    data = pickle.dumps(ARRAYS[0], 2).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert np.array_equal(read(data), ARRAYS[0])


class _Writes:
    """An object whose pickle would make a folder when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pickle_that_would_run_code_is_refused_by_its_name_and_runs_nothing(protocol: int, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    for value in (_Writes(trap), {"a": [_Writes(trap)]}, [(1, {2: {3: _Writes(trap)}})], [_Writes]):
        with pytest.raises(InputError, match=r"x\.pkl: refused: the pickle asks for [a-z_.]+(mkdir|_Writes)"):
            read(pickle.dumps(value, protocol))
    assert not trap.exists()


@pytest.mark.parametrize(
    ("data", "asks_for"),
    [
        (b"cos\nsystem\n(S'echo'\ntR.", r"os\.system"),
        (b"(ios\nsystem\n.", r"os\.system"),
        (b"(cbuiltins\neval\nS'1'\no.", r"builtins\.eval"),
        (b"\x80\x04\x8c\x08builtins\x8c\x04exec\x93.", r"builtins\.exec"),
        (b"\x80\x04\x8c\x05numpy\x8c\x0cndarray.\x5f_x_\x93.", r"numpy\.ndarray"),
        (b"\x80\x02\x82\x05.", "EXT1"),
        (b"\x80\x02NQ.", "BINPERSID"),
        (b"Pid\n.", "PERSID"),
        (b"\x80\x05\x97.", "NEXT_BUFFER"),
    ],
)
def test_every_way_to_name_an_object_is_refused(data: bytes, asks_for: str) -> None:
    with pytest.raises(InputError, match=f"refused.*{asks_for}"):
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x02Nr" + struct.pack("<I", 0xFFFF_FFF0) + b".",  # LONG_BINPUT of a huge number
        b"\x80\x04\x8e" + struct.pack("<Q", 1 << 40) + b"x.",  # BINBYTES8 of a terabyte
        b"\x80\x04\x8d" + struct.pack("<Q", (1 << 64) - 1) + b"x.",
        b"\x80\x02" + b"]" * 3_000 + b"a" * 2_999 + b".",  # nested too deeply
        b"\x80\x02]q\x00(" + b"h\x00" * 3 + b"e.",  # contains itself
        b"\x80\x02h\x05.",
        b"\x80\x02(K\x01u.",
        b"\x80\x02}(K\x01u.",
        b"\x80\x02K\x01K\x02.",
        b"\x80\x09N.",
        b"\x80\x02N.N.",
        b"\x80\x02\x8b" + struct.pack("<i", -5) + b".",
        b"I1x\n.",
        b"Fnonsense\n.",
        b"S'no end\n.",
        b"\xff.",
        b"",
    ],
)
def test_damaged_and_hostile_pickles_are_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(InputError) as error:
        read(data)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith("x.pkl")


def test_a_pickle_cut_short_anywhere_is_refused() -> None:
    value = {"a": [1, 2.5, "text", b"bytes", np.arange(4)], "b": {"c": (None, True)}}
    for protocol in PROTOCOLS:
        data = pickle.dumps(value, protocol)
        for size in range(0, len(data), 3):
            with pytest.raises(InputError):
                read(data[:size])


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_parts_are_dropped_and_their_names_kept(compiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "_PLAIN_STEPS", 0 if compiled else 1 << 40)
    value = {number: [{"name": number / 2, "other": (number,)}] for number in range(5_000)}
    stream = PickleStream(io.BytesIO(pickle.dumps(value, 4)), "x.pkl")
    found: dict[int, Any] = {}
    most = 0
    for part in stream.parts():
        found |= Values(stream).of(part.container)
        most = max(most, int(stream.state[NODES]))
    assert found == value
    assert most < 20_000, "the nodes of earlier parts are still there"


@pytest.mark.slow
def test_compiled_code_follows_after_the_first_instructions() -> None:
    value = {number: number for number in range(3 * stream_module._PLAIN_STEPS)}
    stream = PickleStream(io.BytesIO(pickle.dumps(value, 4)), "x.pkl")
    assert Values(stream).of(stream.read_whole()) == value
    assert int(stream.state[STEPS]) > len(value)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(value=VALUES, protocol=st.sampled_from(PROTOCOLS), cut=st.floats(0, 1))
def test_compiled_code_and_plain_code_do_the_same(value: Any, protocol: int, cut: float) -> None:
    data = pickle.dumps([value, value], protocol)
    for content in (data, data[: int(cut * len(data))]):
        outcomes = []
        for steps in (0, 1 << 40):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(stream_module, "_PLAIN_STEPS", steps)
                try:
                    outcomes.append(repr(read(content)))
                except InputError as error:
                    outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]


def test_a_value_under_a_key_is_read_part_by_part() -> None:
    value = {"first": "x", "many": {str(number): number for number in range(2_500)}, "last": [1]}
    for protocol in PROTOCOLS:
        stream = PickleStream(io.BytesIO(pickle.dumps(value, protocol)), "x.pkl", keys=["none", "many"])
        found: dict[str, int] = {}
        for part in stream.parts():
            assert part.key == 1
            found |= Values(stream).of(part.container)
        assert found == value["many"]


def test_an_object_of_an_earlier_part_is_found_again_with_keep_all() -> None:
    value = {number: [number] for number in range(5_000)}
    value[5_000] = value[2_500]
    data = pickle.dumps(value, 4)
    stream = PickleStream(io.BytesIO(data), "x.pkl")
    with pytest.raises(DroppedNodeError):
        for part in stream.parts():
            Values(stream).of(part.container)
    stream = PickleStream(io.BytesIO(data), "x.pkl", keep_all=True)
    assert {key: item for part in stream.parts() for key, item in Values(stream).of(part.container).items()} == value
