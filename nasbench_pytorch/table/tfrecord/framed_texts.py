"""A chunk of records whose parts came as texts, as if it had been read from a file of the original's format."""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.tfrecord.chunk_reader import SLACK_BYTES, Chunk
from nasbench_pytorch.table.tfrecord.frames import frame

_FIXED_BYTES = 64
"""At least the bytes of a framed record beside its four texts."""


class RecordTexts(NamedTuple):
    """The parts of some records.

    Attributes:
        texts: bytes of all texts, among others.
        parts: where hash, adjacency, operations and metrics of each record begin and end, shape (records, 8).
        epochs: budget of each record, at least 0.
    """

    texts: npt.NDArray[np.uint8]
    parts: npt.NDArray[np.int64]
    epochs: npt.NDArray[np.int64]


def framed_chunk(records: RecordTexts, first_record: int) -> Chunk:
    """Return records as a chunk: the bytes that the original's writer makes of their parts.

    Args:
        records: the parts.
        first_record: number of the first one.
    """
    from nasbench_pytorch.table.tfrecord.compiled.record_framer import frame_records
    from nasbench_pytorch.table.tfrecord.compiled.tables import DECODING

    count = len(records.epochs)
    lengths = records.parts[:, 1::2] - records.parts[:, ::2]
    out = np.zeros(int(2 * lengths.sum()) + count * _FIXED_BYTES + SLACK_BYTES, np.uint8)
    starts = np.zeros(count + 1, np.int64)
    done = 0
    while (done := frame_records(*records, done, out, starts, DECODING.crc)) < count:
        data = frame(_text(records, done))
        if starts[done] + len(data) + SLACK_BYTES > len(out):
            out = np.concatenate([out, np.zeros(len(data) + len(out), np.uint8)])
        out[starts[done] : starts[done] + len(data)] = np.frombuffer(data, np.uint8)
        starts[done + 1] = starts[done] + len(data)
        done += 1
    return Chunk(out[: starts[-1] + SLACK_BYTES], starts[:-1], first_record, 0)


def _text(records: RecordTexts, record: int) -> bytes:
    """Return the text of a record with characters that JSON escapes."""
    ends = records.parts[record].tolist()
    texts = [
        records.texts[start:stop].tobytes().decode("utf-8", "replace")
        for start, stop in zip(ends[::2], ends[1::2], strict=True)
    ]
    return json.dumps([texts[0], int(records.epochs[record]), *texts[1:]]).encode("ascii")
