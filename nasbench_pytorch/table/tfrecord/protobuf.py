"""The protobuf message `ModelMetrics` of the original's records, in the wire format, without protobuf.

The message (all fields optional): evaluation_data = 1, repeated, each with current_epoch 1, training_time 2,
train_accuracy 3, validation_accuracy 4, test_accuracy 5 (doubles) and checkpoint_path 6 (string);
trainable_parameters = 2 (int32); total_time = 3 (double). A canonical message has its fields in this order and three
evaluations, for the start, half and end of a training.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nasbench_pytorch.table.storage.fields import EVALUATION_FIELDS

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_DOUBLE = struct.Struct("<d")


class MessageError(ValueError):
    """The bytes are not a ModelMetrics message."""


@dataclass
class ModelMetrics:
    """Content of a message.

    Attributes:
        evaluations: for each evaluation five doubles (epoch, seconds, train, validation and test accuracy as
            fractions), None for an absent field.
        trainable_parameters: int32, or None.
        total_time: seconds, or None.
    """

    evaluations: list[list[float | None]] = field(default_factory=list)
    trainable_parameters: int | None = None
    total_time: float | None = None


def encode(metrics: ModelMetrics) -> bytes:
    """Return the canonical message: fields in the order of their numbers, absent ones omitted."""
    parts = []
    for evaluation in metrics.evaluations:
        body = b"".join(_double(number, value) for number, value in enumerate(evaluation, 1) if value is not None)
        parts += [b"\x0a", _varint(len(body)), body]
    if metrics.trainable_parameters is not None:
        parts += [b"\x10", _varint(metrics.trainable_parameters & 0xFFFF_FFFF_FFFF_FFFF)]
    if metrics.total_time is not None:
        parts.append(_double(3, metrics.total_time))
    return b"".join(parts)


def decode(message: bytes) -> ModelMetrics:
    """Read a message; unknown fields and checkpoint paths are ignored, and the last of a repeated number counts.

    Raises:
        MessageError: the bytes are not such a message; the error names the reason and the byte.
    """
    metrics = ModelMetrics()
    for number, kind, value in _fields(message):
        if number == 1 and kind == _LENGTH:
            metrics.evaluations.append(_evaluation(bytes(value)))
        elif number == 2 and kind == _VARINT:
            metrics.trainable_parameters = _int32(int.from_bytes(value, "little"))
        elif number == 3 and kind == _FIXED64:
            metrics.total_time = _DOUBLE.unpack(value)[0]
    return metrics


def _evaluation(message: bytes) -> list[float | None]:
    values: list[float | None] = [None] * len(EVALUATION_FIELDS)
    for number, kind, value in _fields(message):
        if 1 <= number <= len(values) and kind == _FIXED64:
            values[number - 1] = _DOUBLE.unpack(value)[0]
    return values


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Yield each field of a message: number, wire type, and bytes (a varint as eight little-endian bytes)."""
    position = 0
    while position < len(message):
        tag, start = _read_varint(message, position)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, end = _read_varint(message, start)
            content: bytes = value.to_bytes(8, "little")
        elif kind in (_FIXED64, _FIXED32, _LENGTH):
            length = 8 if kind == _FIXED64 else 4
            if kind == _LENGTH:
                length, start = _read_varint(message, start)
            end = start + length
            content = message[start:end]
        else:
            raise MessageError(f"wire type {kind} at byte {position} of the metrics")
        if end > len(message) or number == 0:
            raise MessageError(f"field {number} at byte {position} of the metrics runs past their end")
        yield number, kind, content
        position = end


def _read_varint(message: Sequence[int], position: int) -> tuple[int, int]:
    """Return a varint's value, modulo 2⁶⁴, and the position behind it."""
    value = 0
    for index in range(10):
        if position + index >= len(message):
            raise MessageError(f"the metrics end inside a number, at byte {position}")
        byte = message[position + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, position + index + 1
    raise MessageError(f"a number of more than 10 bytes at byte {position} of the metrics")


def _int32(value: int) -> int:
    """Return the low 32 bits as a signed number, as protobuf reads an int32."""
    return (value & 0xFFFF_FFFF ^ 0x8000_0000) - 0x8000_0000


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _double(number: int, value: float) -> bytes:
    return bytes([number << 3 | _FIXED64]) + _DOUBLE.pack(value)
