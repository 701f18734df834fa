"""Parse a chunk of a table file into a block of rows: compiled code reads usual records, Python code the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.storage.encoded_column import narrow
from nasbench_pytorch.table.storage.fields import EVALUATION_FIELDS, ROW_FIELDS
from nasbench_pytorch.table.storage.row_block import NO_PARAMETERS, Block, Cells, Vocabulary
from nasbench_pytorch.table.tfrecord import record as record_format
from nasbench_pytorch.table.tfrecord.compiled.arrays import CellArrays, FrameBuffer, RecordArrays
from nasbench_pytorch.table.tfrecord.frames import BAD_DATA, HEADER_SIZE, Damage, masked_crc
from nasbench_pytorch.table.tfrecord.record import Record, RecordError

if TYPE_CHECKING:
    from nasbench_pytorch.table.tfrecord.chunk_reader import Chunk

KEEP_IF_EVALUATED_ELSEWHERE = b""
"""Stands for the text of a record with an empty evaluation: whether it must be kept depends on the other records."""


@dataclass
class ScannedChunk:
    """The content of a chunk.

    Attributes:
        block: the rows of its sound records.
        damages: its other records.
        sound: mask of the frames that became rows, by their index in the chunk; None if all of them did.
    """

    block: Block
    damages: list[Damage] = field(default_factory=list)
    sound: npt.NDArray[np.bool_] | None = None


class ChunkScanner:
    """Reader of the records of one chunk.

    Args:
        chunk: whole frames.
        vocabulary: names of operations; new ones are added.
    """

    def __init__(self, chunk: Chunk, vocabulary: Vocabulary) -> None:
        from nasbench_pytorch.table.tfrecord.compiled.cell_reader import SLOTS

        count, size = len(chunk.starts), len(chunk.data)
        self._chunk, self._vocabulary = chunk, vocabulary
        self._records = RecordArrays(
            epochs=np.zeros(count, np.uint32),
            cells=np.zeros(count, np.int32),
            bits=np.zeros((len(ROW_FIELDS), count), np.uint64),
        )
        self._missing: npt.NDArray[np.bool_] | None = None
        self._cells = CellArrays(
            hashes=np.empty((count, 16), np.uint8),
            vertices=np.empty(count, np.int64),
            parameters=np.empty(count, np.int64),
            adjacency=np.empty(size, np.uint8),
            operations=np.empty(size, np.uint8),
        )
        self._state = np.zeros(SLOTS, np.int64)
        self._raw: dict[int, bytes] = {}
        self._bad: dict[int, str] = {}

    def scan(self, images: int) -> ScannedChunk:
        """Read all records of the chunk.

        Args:
            images: evaluation images; accuracies are kept as counts of them where that is exact.

        Raises:
            InputError: there are too many different operations.
        """
        count, index = len(self._chunk.starts), 0
        while (index := self._scan_usual(index)) < count:
            self._read_unusual(index)
            index += 1
        return self._result(images)

    def _scan_usual(self, first: int) -> int:
        """Read usual records from number `first` on; return the number of the first other one."""
        from nasbench_pytorch.table.tfrecord.compiled.record_reader import scan
        from nasbench_pytorch.table.tfrecord.compiled.tables import DECODING

        frames = FrameBuffer(self._chunk.data, self._chunk.starts)
        names = self._vocabulary.json_text()
        return int(scan(frames, first, names, DECODING, self._records, self._cells, self._state))

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
        if record_format.encode(record) != text:
            self._raw[index] = text
        elif _has_empty_evaluation(record):
            self._raw[index] = KEEP_IF_EVALUATED_ELSEWHERE

    def _add(self, index: int, record: Record) -> None:
        self._records.epochs[index] = record.epochs
        self._records.cells[index] = self._add_cell(record)
        values = np.array([0.0 if value is None else value for value in record.values])
        self._records.bits[:, index] = values.view(np.uint64)
        absent = [value is None for value in record.values]
        if any(absent):
            if self._missing is None:
                self._missing = np.zeros(self._records.bits.shape, np.bool_)
            self._missing[:, index] = absent

    def _add_cell(self, record: Record) -> int:
        """Store the cell of an unusual record; return its number."""
        from nasbench_pytorch.table.tfrecord.compiled import cell_reader as slots

        cells, state = self._cells, self._state
        number, size = int(state[slots.CELLS]), len(record.operations)
        entry, vertex = int(state[slots.MATRIX_ENTRIES]), int(state[slots.VERTICES])
        known = record.trainable_parameters
        cells.hashes[number] = np.frombuffer(bytes.fromhex(record.hash), np.uint8)
        cells.adjacency[entry : entry + size * size] = np.frombuffer(record.adjacency, np.uint8)
        cells.operations[vertex : vertex + size] = [self._vocabulary.code(name) for name in record.operations]
        slots.count_cell(cells, state, size, NO_PARAMETERS if known is None else known)
        state[[slots.TEXT_START, slots.TEXT_STOP, slots.HASH_START]] = 0
        return number

    def _result(self, images: int) -> ScannedChunk:
        kept = np.array([index not in self._bad for index in range(len(self._chunk.starts))]) if self._bad else None
        chosen = slice(None) if kept is None else kept
        bits = self._records.bits[:, chosen]
        columns = {}
        for number, name in enumerate(ROW_FIELDS):
            missing = None if self._missing is None else self._missing[number, chosen]
            columns[name] = narrow(name, bits[number].view(np.float64), missing, images)
        rows = {int(index): row for row, index in enumerate(np.flatnonzero(kept))} if kept is not None else None
        raw = {index if rows is None else rows[index]: text for index, text in self._raw.items()}
        records = self._records
        block = Block(self._found_cells(), records.cells[chosen], records.epochs[chosen], columns, raw=raw)
        return ScannedChunk(block, self._damages(), kept)

    def _found_cells(self) -> Cells:
        """Copy the filled parts of the cell arrays."""
        from nasbench_pytorch.table.tfrecord.compiled.cell_reader import CELLS, MATRIX_ENTRIES, VERTICES

        cells, state = self._cells, self._state
        return Cells(
            cells.hashes[: state[CELLS]].copy(),
            cells.vertices[: state[CELLS]].copy(),
            cells.parameters[: state[CELLS]].copy(),
            cells.adjacency[: state[MATRIX_ENTRIES]].copy(),
            cells.operations[: state[VERTICES]].copy(),
        )

    def _damages(self) -> list[Damage]:
        """Return the bad records; their numbers count all frames of the file."""
        chunk = self._chunk
        return [
            Damage(chunk.first_record + index, chunk.offset + int(chunk.starts[index]), cause)
            for index, cause in sorted(self._bad.items())
        ]


def _has_empty_evaluation(record: Record) -> bool:
    """Whether an evaluation has no number at all; in columns this means a training that never reached it."""
    size = len(EVALUATION_FIELDS)
    return any(
        record.values[start : start + size] == (None,) * size for start in range(0, len(record.values) - 1, size)
    )
