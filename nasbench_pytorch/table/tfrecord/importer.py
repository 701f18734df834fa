"""Import a file of the original's format as an Arrow table: threads parse chunks, and their order is kept."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.ordered_map import ordered_map
from nasbench_pytorch.space.operations import CONV1X1, CONV3X3, INPUT, MAXPOOL3X3, OUTPUT
from nasbench_pytorch.table.storage.fields import ORIGINAL_EVALUATION_IMAGES
from nasbench_pytorch.table.storage.join_blocks import BlockJoiner
from nasbench_pytorch.table.storage.row_block import Block, Vocabulary
from nasbench_pytorch.table.storage.schema import Metadata, Source
from nasbench_pytorch.table.storage.sort_rows import RowIndices, assemble
from nasbench_pytorch.table.storage.writer import write_content
from nasbench_pytorch.table.tfrecord.chunk_parser import ChunkScanner, ScannedChunk
from nasbench_pytorch.table.tfrecord.chunk_reader import Chunk, ChunkReader
from nasbench_pytorch.table.tfrecord.empty_evaluations import keep_incomplete_records
from nasbench_pytorch.table.tfrecord.frames import Damage, DamagedFileError

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.space import Skeleton

USUAL_OPERATIONS = (INPUT, CONV3X3, CONV1X1, MAXPOOL3X3, OUTPUT)


@dataclass(frozen=True)
class ImportReport:
    """Outcome of an import.

    Attributes:
        metadata: metadata of the new table.
        damages: unreadable places that were left out (with `salvage`).
        kept_as_they_came: number of records stored in their original form, because the columns do not reproduce them.
    """

    metadata: Metadata
    damages: list[Damage] = field(default_factory=list)
    kept_as_they_came: int = 0


def import_tfrecord(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    salvage: bool = False,
    evaluation_images: int = ORIGINAL_EVALUATION_IMAGES,
    skeleton: Skeleton | None = None,
    progress: Progress | None = None,
    chunk_bytes: int = 1 << 22,
) -> ImportReport:
    """Convert a file in the original's format to a table file.

    An export of the table gives the same bytes in the same order (without the records that a salvage left out).

    Args:
        source: a TFRecord file, such as nasbench_full.tfrecord.
        out: the `.arrow` file to write, atomically.
        salvage: leave damaged records out and report them, instead of stopping at the first.
        evaluation_images: images of an evaluation; accuracies that are whole numbers of them take 16 bits.
        skeleton: the network around the cells, recorded in the table; None if unknown.
        progress: called after every chunk with the bytes done and the bytes in all.
        chunk_bytes: bytes read at a time.

    Raises:
        DamagedFileError: a record is damaged or not a record of a table, and `salvage` is False.
        InputError: the file is empty or has no sound record.
        OSError: the file cannot be read, or the table cannot be written.
    """
    if evaluation_images < 1:
        raise InputError(f"evaluation_images must be at least 1, got {evaluation_images}")
    reader = ChunkReader(source, salvage, chunk_bytes)
    if reader.size_bytes == 0:
        raise InputError(f"{source}: the file is empty; a table has at least one record")
    vocabulary = Vocabulary(USUAL_OPERATIONS)
    joiner = BlockJoiner(evaluation_images)
    damages: list[Damage] = []
    sources: list[_ChunkSource] = []

    def scan(chunk: Chunk) -> ScannedChunk:
        return ChunkScanner(chunk, vocabulary).scan(evaluation_images)

    for chunk, scanned in ordered_map(scan, reader.chunks()):
        if scanned.damages and not salvage:
            raise DamagedFileError(source, scanned.damages[0])
        damages += scanned.damages
        joiner.append(scanned.block)
        sources.append(_ChunkSource(scanned))
        if progress is not None:
            progress(min(chunk.offset + len(chunk.data), reader.size_bytes), reader.size_bytes)
    if not len(joiner):
        raise InputError(f"{source}: no sound record; damaged places: {len(damages) + len(reader.damages):,}")
    block = joiner.block()
    names = _in_stable_order(vocabulary, block)

    def fetch(rows: RowIndices) -> list[bytes]:
        return _fetch(source, sources, rows, salvage, chunk_bytes)

    keep_incomplete_records(block, fetch)
    content = assemble(block, fetch)
    damages = sorted(damages + reader.damages, key=lambda damage: damage.offset)
    kept = len(content.raw)
    metadata = Metadata(
        rows=0,
        epochs=(),
        repeats=0,
        evaluation_images=evaluation_images,
        skeleton=None if skeleton is None else vars(skeleton),
        source=Source(reader.path.name, reader.size_bytes, reader.sha256(), complete=not damages),
    )
    return ImportReport(write_content(out, content, names, metadata), damages, kept)


class _ChunkSource:
    """The frames that the rows of a chunk came from, without the data."""

    def __init__(self, scanned: ScannedChunk) -> None:
        self.rows = len(scanned.block)
        self.sound = scanned.sound


def _fetch(
    source: str | os.PathLike[str], sources: list[_ChunkSource], rows: RowIndices, salvage: bool, chunk_bytes: int
) -> list[bytes]:
    """Read the original records of some rows (ascending) from the file again."""
    texts: list[bytes] = []
    first = 0
    for chunk, known in zip(ChunkReader(source, salvage, chunk_bytes).chunks(), sources, strict=True):
        wanted = rows[(rows >= first) & (rows < first + known.rows)] - first
        frames = wanted if known.sound is None else np.flatnonzero(known.sound)[wanted]
        texts += [chunk.frame_data(int(frame)) for frame in frames]
        first += known.rows
    return texts


def _in_stable_order(vocabulary: Vocabulary, block: Block) -> list[str]:
    """Return the names in an order that does not depend on thread timing, and adapt the block's codes to it."""
    usual = len(USUAL_OPERATIONS)
    names = [*USUAL_OPERATIONS, *sorted(vocabulary.names[usual:])]
    if names != vocabulary.names:
        codes = np.array([names.index(name) for name in vocabulary.names], np.uint8)
        block.cells.operations = codes[block.cells.operations]
    return names
