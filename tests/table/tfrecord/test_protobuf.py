from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pytorch.table.tfrecord.protobuf import MessageError, ModelMetrics, decode, encode

numbers = st.none() | st.floats(allow_nan=False)
evaluations = st.lists(st.lists(numbers, min_size=5, max_size=5), max_size=4)
int32 = st.integers(-(2**31), 2**31 - 1)


@given(evaluations, st.none() | int32, numbers)
def test_what_is_encoded_is_decoded(
    rows: list[list[float | None]], parameters: int | None, total: float | None
) -> None:
    metrics = ModelMetrics(rows, parameters, total)
    assert decode(encode(metrics)) == metrics


def test_a_negative_int32_takes_ten_bytes_as_protobuf_writes_it() -> None:
    assert encode(ModelMetrics([], -1)) == b"\x10" + b"\xff" * 9 + b"\x01"


def test_unknown_fields_and_checkpoint_paths_are_passed_over() -> None:
    path = b"\x32\x04path"
    evaluation = b"\x19" + struct.pack("<d", 0.5) + path + b"\x38\x05" + b"\x45abcd"
    message = b"\x0a" + bytes([len(evaluation)]) + evaluation + b"\x22\x02hi" + b"\x10\x07"
    assert decode(message) == ModelMetrics([[None, None, 0.5, None, None]], 7, None)


@pytest.mark.parametrize(
    "message", [b"\x0a", b"\x0a\x05ab", b"\x19abc", b"\x10\x80", b"\x10" + b"\x80" * 11, b"\x0b", b"\x00\x01"]
)
def test_bytes_that_are_no_message_are_refused(message: bytes) -> None:
    with pytest.raises(MessageError):
        decode(message)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_refused(message: bytes) -> None:
    with contextlib.suppress(MessageError):
        assert len(decode(message).evaluations) <= len(message)
