"""A record of the original's file: JSON `[hash, epochs, adjacency, operations, metrics]`.

Adjacency is the matrix row by row in 0s and 1s, operations are joined by commas, metrics are the base64 of a
ModelMetrics message, in lines of 76 characters with a newline after each.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass

from nasbench_pytorch.table.storage.fields import EVALUATION_FIELDS, STAGES
from nasbench_pytorch.table.tfrecord import protobuf
from nasbench_pytorch.table.tfrecord.protobuf import ModelMetrics

_HASH = re.compile(r"[0-9a-f]{32}")
_EVALUATION_SIZE = len(EVALUATION_FIELDS)
EVALUATIONS = len(STAGES)
MAX_EPOCHS = 0xFFFF_FFFF


class RecordError(ValueError):
    """The text is not a record of a table; the message gives the reason."""


@dataclass
class Record:
    """Content of a record: one training of one cell.

    Attributes:
        hash: 32 lower-case hex digits.
        epochs: budget of the training.
        adjacency: V×V values 0 or 1, row by row.
        operations: V names.
        trainable_parameters: int32; None if the record lacks it.
        values: the 16 numbers of `ROW_FIELDS`; None for each that the record lacks.
    """

    hash: str
    epochs: int
    adjacency: bytes
    operations: tuple[str, ...]
    trainable_parameters: int | None
    values: tuple[float | None, ...]


def encode(record: Record) -> bytes:
    """Return the record's canonical text, as the original's writer produces it."""
    evaluations = [list(record.values[i : i + _EVALUATION_SIZE]) for i in range(0, 15, _EVALUATION_SIZE)]
    message = protobuf.encode(ModelMetrics(evaluations, record.trainable_parameters, record.values[-1]))
    adjacency = "".join(map(str, record.adjacency))
    metrics = base64.encodebytes(message).decode("ascii")
    return json.dumps([record.hash, record.epochs, adjacency, ",".join(record.operations), metrics]).encode("ascii")


def decode(text: bytes) -> Record:
    """Read any record that the original's loader would read, canonical or not.

    A fourth evaluation and other content without a column is ignored; comparing with `encode` reveals it.

    Raises:
        RecordError: the original's loader would not read the record either, or its hash is not an MD5.
    """
    try:
        content = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RecordError(f"not JSON ({error})") from None
    if not isinstance(content, list) or len(content) != 5:
        raise RecordError("not a list of hash, epochs, adjacency, operations and metrics")
    module_hash, epochs, adjacency, operations, metrics = content
    _check_kinds(module_hash, epochs, adjacency, operations, metrics)
    names = tuple(operations.split(","))
    if len(adjacency) != len(names) ** 2 or set(adjacency) - {"0", "1"}:
        raise RecordError(
            f"adjacency of {len(adjacency)} characters for {len(names)} operations; it needs the square of their number"
        )
    try:
        message = protobuf.decode(base64.b64decode(metrics))
    except (binascii.Error, ValueError) as error:
        raise RecordError(f"metrics cannot be read ({error})") from None
    if len(message.evaluations) < EVALUATIONS:
        raise RecordError(f"{len(message.evaluations)} evaluations; a record needs {EVALUATIONS}: start, half and end")
    values = (value for evaluation in message.evaluations[:EVALUATIONS] for value in evaluation)
    bits = bytes(map(int, adjacency))
    return Record(module_hash, epochs, bits, names, message.trainable_parameters, (*values, message.total_time))


def _check_kinds(module_hash: object, epochs: object, adjacency: object, operations: object, metrics: object) -> None:
    if not isinstance(module_hash, str) or not _HASH.fullmatch(module_hash):
        raise RecordError(f"hash {module_hash!r:.60} is not 32 lower-case hex digits")
    if type(epochs) is not int or not 0 <= epochs <= MAX_EPOCHS:
        raise RecordError(f"epochs {epochs!r:.60} is not a whole number from 0 to {MAX_EPOCHS}")
    if not (isinstance(adjacency, str) and isinstance(operations, str) and isinstance(metrics, str)):
        raise RecordError("adjacency, operations and metrics must be texts")
