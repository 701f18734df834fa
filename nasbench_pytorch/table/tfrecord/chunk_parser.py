"""One chunk of a table file to a block of rows: usual records by compiled code, others one by one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.storage.encoded_column import narrow
from nasbench_pytorch.table.storage.fields import EVALUATION_FIELDS, ROW_FIELDS
from nasbench_pytorch.table.storage.row_block import NO_PARAMETERS, Block, Cells, Vocabulary
from nasbench_pytorch.table.tfrecord import record as record_format
from nasbench_pytorch.table.tfrecord.frames import BAD_DATA, HEADER_SIZE, Damage, masked_crc
from nasbench_pytorch.table.tfrecord.record import Record, RecordError

if TYPE_CHECKING:
    from nasbench_pytorch.table.tfrecord.chunk_reader import Chunk


@dataclass
class ScannedChunk:
    """What a chunk holds.

    Attributes:
        block: the rows of its sound records.
        damages: its other records.
        sound: which frames became rows, by their index in the chunk; None if all of them did.
    """

    block: Block
    damages: list[Damage] = field(default_factory=list)
    sound: npt.NDArray[np.bool_] | None = None


def _has_empty_evaluation(record: Record) -> bool:
    """Whether an evaluation has no number at all: columns take that for a training that never came so far."""
    size = len(EVALUATION_FIELDS)
    return any(
        record.values[start : start + size] == (None,) * size for start in range(0, len(record.values) - 1, size)
    )


class ChunkScanner:
    """Reads the records of one chunk.

    Args:
        chunk: whole frames.
        vocabulary: names of operations; new ones are added.
    """

    def __init__(self, chunk: Chunk, vocabulary: Vocabulary) -> None:
        count, size = len(chunk.starts), len(chunk.data)
        self._chunk, self._vocabulary = chunk, vocabulary
        self._epochs = np.zeros(count, np.uint32)
        self._row_cell = np.zeros(count, np.int32)
        self._bits = np.zeros((len(ROW_FIELDS), count), np.uint64)
        self._missing = None if count == 0 else np.zeros((0, count), np.bool_)
        self._cells = Cells(
            np.empty((count, 16), np.uint8),
            np.empty(count, np.int64),
            np.empty(count, np.int64),
            np.empty(size, np.uint8),
            np.empty(size, np.uint8),
        )
        self._used = np.zeros(6, np.int64)
        self._raw: dict[int, bytes] = {}
        self._bad: dict[int, str] = {}

    def scan(self, images: int) -> ScannedChunk:
        """All records of the chunk.

        Args:
            images: evaluation images; accuracies are kept as counts of them where that is exact.

        Raises:
            InputError: too many different operations.
        """
        count, index = len(self._chunk.starts), 0
        while (index := self._scan_usual(index)) < count:
            self._read_unusual(index)
            index += 1
        return self._result(images)

    def _scan_usual(self, index: int) -> int:
        """Read on from record `index`; returns the first one that needs a closer look."""
        from nasbench_pytorch.table.tfrecord.compiled.crc32c import CRC_TABLES
        from nasbench_pytorch.table.tfrecord.compiled.protobuf import BASE64
        from nasbench_pytorch.table.tfrecord.compiled.record_reader import HEX, scan

        cells, chunk = self._cells, self._chunk
        names, ends = self._vocabulary.json_text()
        index = scan(
            chunk.data, chunk.starts, index, len(chunk.starts), names, ends, CRC_TABLES, HEX, BASE64,
            self._epochs, self._row_cell, self._bits, cells.hashes, cells.vertices, cells.parameters,
            cells.adjacency, cells.operations, self._used,
        )  # fmt: skip
        return int(index)

    def _read_unusual(self, index: int) -> None:
        text = self._chunk.frame_data(index)
        footer = int(self._chunk.starts[index]) + HEADER_SIZE + len(text)
        stored = int.from_bytes(self._chunk.data[footer : footer + 4].tobytes(), "little")
        if masked_crc(text) != stored:
            self._bad[index] = BAD_DATA
            return
        try:
            record = record_format.decode(text)
        except RecordError as error:
            self._bad[index] = str(error)
            return
        self._add(index, record)
        if _has_empty_evaluation(record) or record_format.encode(record) != text:
            self._raw[index] = text

    def _add(self, index: int, record: Record) -> None:
        assert self._missing is not None
        self._epochs[index] = record.epochs
        self._row_cell[index] = self._add_cell(record)
        values = np.array([0.0 if value is None else value for value in record.values])
        self._bits[:, index] = values.view(np.uint64)
        absent = [value is None for value in record.values]
        if any(absent):
            if not len(self._missing):
                self._missing = np.zeros(self._bits.shape, np.bool_)
            self._missing[:, index] = absent

    def _add_cell(self, record: Record) -> int:
        cells, used = self._cells, self._used
        number, size = int(used[0]), len(record.operations)
        cells.hashes[number] = np.frombuffer(bytes.fromhex(record.hash), np.uint8)
        cells.vertices[number] = size
        known = record.trainable_parameters
        cells.parameters[number] = NO_PARAMETERS if known is None else known
        cells.adjacency[used[1] : used[1] + size * size] = np.frombuffer(record.adjacency, np.uint8)
        cells.operations[used[2] : used[2] + size] = [self._vocabulary.code(name) for name in record.operations]
        used += [1, size * size, size, 0, 0, 0]
        used[3:] = 0
        return number

    def _result(self, images: int) -> ScannedChunk:
        cells, used = self._cells, self._used
        kept = np.array([index not in self._bad for index in range(len(self._chunk.starts))]) if self._bad else None
        chosen = slice(None) if kept is None else kept
        bits = self._bits[:, chosen]
        columns = {}
        for number, name in enumerate(ROW_FIELDS):
            missing = self._missing[number, chosen] if self._missing is not None and len(self._missing) else None
            columns[name] = narrow(name, bits[number].view(np.float64), missing, images)
        rows = {int(index): row for row, index in enumerate(np.flatnonzero(kept))} if kept is not None else None
        raw = {index if rows is None else rows[index]: text for index, text in self._raw.items()}
        copied = Cells(
            cells.hashes[: used[0]].copy(),
            cells.vertices[: used[0]].copy(),
            cells.parameters[: used[0]].copy(),
            cells.adjacency[: used[1]].copy(),
            cells.operations[: used[2]].copy(),
        )
        block = Block(copied, self._row_cell[chosen], self._epochs[chosen], columns, raw=raw)
        return ScannedChunk(block, self._damages(), kept)

    def _damages(self) -> list[Damage]:
        """The bad records, numbered as far as sound ones came before them."""
        chunk = self._chunk
        return [
            Damage(chunk.first_record + index, chunk.offset + int(chunk.starts[index]), cause)
            for index, cause in sorted(self._bad.items())
        ]
