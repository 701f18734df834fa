"""nasbenchapi's `nasbench101_full.pkl`: the original's records, sorted by cell.

A pickled dict. `entries_by_arch`: hash → list of {epoch, adjacency_str, operations_str, metrics_b64, derived}, where
`metrics_b64` is the text of the original's record, so that nothing is lost but the order of records across cells.
`latest_by_arch` repeats one entry of each cell with means, and is not used. `num_records` counts the entries.

Source: nasbenchapi 1.0.5 (PyPI), `scripts/convert_nb101_tfrecord_to_pickle.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.ordered_map import ordered_map
from nasbench_pytorch.table.layouts.layout import Layout, Reading
from nasbench_pytorch.table.layouts.pickles.columns import NodeColumns
from nasbench_pytorch.table.layouts.pickles.opened import opened_parts
from nasbench_pytorch.table.tfrecord.chunk_parser import ChunkScanner, ScannedChunk
from nasbench_pytorch.table.tfrecord.framed_texts import RecordTexts, framed_chunk

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.pickles.stream import PickleStream
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate
    from nasbench_pytorch.table.storage.row_block import Block
    from nasbench_pytorch.table.storage.sort_rows import RowIndices
    from nasbench_pytorch.table.tfrecord.chunk_reader import Chunk

_KEYS = ("entries_by_arch", "latest_by_arch")
_TEXTS = ("adjacency_str", "operations_str", "metrics_b64")
_MOST_EPOCHS = 0xFFFF_FFFF


class NasbenchapiEntries(Layout):
    """The layout."""

    name = "nasbenchapi's pickle"
    content = "a pickled dict with the key entries_by_arch"
    lacks = "the order of the original's records across cells"

    @override
    def recognises(self, candidate: Candidate) -> bool:
        outline = candidate.outline
        return outline is not None and outline.kind == "dict" and bool(set(_KEYS) & set(map(str, outline.members[::2])))

    @override
    def read(self, candidates: Sequence[Candidate], reading: Reading) -> Iterator[Block]:
        where = candidates[0].path

        def scan(chunk: Chunk) -> ScannedChunk:
            return ChunkScanner(chunk, reading.vocabulary).scan(reading.images)

        for chunk, scanned in ordered_map(scan, _chunks(candidates[0], reading)):
            if scanned.damages:
                damage = scanned.damages[0]
                text = chunk.frame_data(damage.record - chunk.first_record)[:46]
                raise InputError(f"{where}: entry {text!a} cannot be read ({damage.cause}); the file is damaged")
            yield scanned.block

    @override
    def record_fetcher(
        self, candidates: Sequence[Candidate], reading: Reading
    ) -> Callable[[RowIndices], list[bytes]] | None:
        def fetch(rows: RowIndices) -> list[bytes]:
            texts: list[bytes] = []
            for chunk in _chunks(candidates[0], reading):
                last = chunk.first_record + len(chunk.starts)
                wanted = rows[(rows >= chunk.first_record) & (rows < last)] - chunk.first_record
                texts += [chunk.frame_data(int(index)) for index in wanted]
            return texts

        return fetch


def _chunks(candidate: Candidate, reading: Reading) -> Iterator[Chunk]:
    """Yield the entries as records of the original's format, in the order of the file."""
    done, stream = 0, None
    for stream, part in opened_parts(candidate, reading, _KEYS):
        if _KEYS[part.key] != "entries_by_arch":
            continue
        records = _record_texts(stream, part.container)
        if len(records.epochs):
            yield framed_chunk(records, done)
        done += len(records.epochs)
    if stream is not None:
        _check_count(stream, done)


def _record_texts(stream: PickleStream, container: int) -> RecordTexts:
    columns = NodeColumns(stream)
    hashes, lists, _ = columns.pairs(np.array([container]), "entries_by_arch")
    entries, cells = columns.members(lists, "the entries of a cell")
    columns.hashes(hashes, "a key of entries_by_arch")
    epochs = columns.whole_numbers(columns.needed(entries, "epoch", "an entry"), "epoch")
    if len(epochs) and not 0 <= int(epochs.min()) <= int(epochs.max()) <= _MOST_EPOCHS:
        raise columns.wrong(f"epoch is {int(epochs.min())} or {int(epochs.max())}")
    nodes = [hashes[cells], *(columns.needed(entries, name, "an entry") for name in _TEXTS)]
    places = [columns.places(part, name) for name, part in zip(("a hash", *_TEXTS), nodes, strict=True)]
    return RecordTexts(stream.memory.text, np.stack(list(itertools.chain(*places)), axis=1), epochs)


def _check_count(stream: PickleStream, found: int) -> None:
    """Compare the number of entries with the one that the file gives."""
    columns = NodeColumns(stream)
    node = int(columns.field(np.array([int(stream.memory.stack[0])]), "num_records", "the pickle")[0])
    told = None if node < 0 else columns.value(node)
    if told is not None and told != found:
        raise columns.wrong(f"{found:,} entries, but num_records is {told!a:.40}")
