"""Write NASLib's and nasbenchapi's pickles from a file of the original's format, for `layouts.py`.

NASLib's pickle of 108 epochs holds 1,270,872 trainings (1.3 GB of Python objects while it is written). nasbenchapi's
holds all 5,083,488 records in 2.2 GB. It is written instruction by instruction, as CPython's pickler of protocol 5
writes it, since its objects would take 8 GB.
"""

from __future__ import annotations

import itertools
import json
import pickle
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from nasbench_pytorch.table.tfrecord.frames import read_frames, read_records

_METRICS = ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy")
_FRAME_BYTES = 1 << 16
_ENTRIES_AT_A_TIME = 1000


def write_naslib(source: Path, out: Path) -> None:
    """Write hash → (fixed, computed) of the trainings of 108 epochs."""
    content: dict[str, tuple[dict[str, Any], dict[int, list[dict[str, float | None]]]]] = {}
    for record in read_records(source):
        if record.epochs != 108:
            continue
        if record.hash not in content:
            size = len(record.operations)
            matrix = np.frombuffer(record.adjacency, np.int8).reshape(size, size).copy()
            fixed = {
                "module_adjacency": matrix,
                "module_operations": list(record.operations),
                "trainable_parameters": record.trainable_parameters,
            }
            content[record.hash] = (fixed, {108: []})
        values = {
            f"{prefix}_{name}": record.values[5 * stage + 1 + place]
            for stage, prefix in ((1, "halfway"), (2, "final"))
            for place, name in enumerate(_METRICS)
        }
        content[record.hash][1][108].append(values)
    with out.open("wb") as stream:
        pickle.dump(content, stream, protocol=4)


def write_nasbenchapi(source: Path, out: Path) -> None:
    """Write the dict with entries_by_arch and latest_by_arch."""
    records = 0
    latest: list[tuple[int, tuple[int, int, int, int]]] = []
    with out.open("wb") as stream:
        writer = _PickleWriter(stream)
        writer.begin_dict()
        writer.begin_items()
        writer.entry("benchmark", "nasbench101")
        writer.entry("format", "lossless")
        writer.text("entries_by_arch")
        writer.begin_dict()
        by_cell = itertools.groupby(map(_content, read_frames(source)), key=lambda record: record[0])
        for batch in _batches(by_cell):
            writer.begin_items()
            for module_hash, entries in batch:
                key = writer.text(module_hash)
                writer.begin_list()
                writer.begin_items()
                texts = [_write_entry(writer, record) for record in entries]
                writer.end_list_items()
                records += len(entries)
                latest.append((key, texts[-1]))
            writer.end_items()
        # As in the converter, the entries of this dict refer to the texts of the other one.
        writer.text("latest_by_arch")
        writer.begin_dict()
        for start in range(0, len(latest), _ENTRIES_AT_A_TIME):
            writer.begin_items()
            for key, entry in latest[start : start + _ENTRIES_AT_A_TIME]:
                writer.refer(key)
                _write_latest(writer, entry)
            writer.end_items()
        writer.entry("num_records", records)
        writer.end_items()
        writer.end()


def _content(frame: Any) -> list[Any]:
    found: list[Any] = json.loads(frame.data)
    return found


def _batches(groups: Iterable[tuple[str, Iterable[Any]]]) -> Iterator[list[tuple[str, list[Any]]]]:
    batch = []
    for name, group in groups:
        batch.append((name, list(group)))
        if len(batch) == _ENTRIES_AT_A_TIME:
            yield batch
            batch = []
    if batch:
        yield batch


_TEXTS = ("adjacency_str", "operations_str", "metrics_b64")


def _write_entry(writer: _PickleWriter, record: list[Any]) -> tuple[int, int, int, int]:
    """Write an entry; return its epochs and the memo numbers of its texts."""
    epochs, *texts = record[1:]
    writer.begin_dict()
    writer.begin_items()
    writer.entry("epoch", epochs)
    places = [writer.entry(name, text) for name, text in zip(_TEXTS, texts, strict=True)]
    _write_derived(writer)
    writer.end_items()
    return epochs, places[0], places[1], places[2]


def _write_latest(writer: _PickleWriter, entry: tuple[int, int, int, int]) -> None:
    writer.begin_dict()
    writer.begin_items()
    writer.entry("epoch", entry[0])
    for name, place in zip(_TEXTS, entry[1:], strict=True):
        writer.key(name)
        writer.refer(place)
    _write_derived(writer)
    writer.end_items()


def _write_derived(writer: _PickleWriter) -> None:
    writer.key("derived")
    writer.begin_dict()
    writer.begin_items()
    writer.entry("trainable_parameters", 2_694_282)
    for name in _METRICS:
        writer.entry(name, 0.9)
    writer.end_items()


class _PickleWriter:
    """Writer of pickle instructions, in frames of 64 KiB; keys are memorised once and then referred to."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._frame, self._memo = stream, bytearray(), 0
        self._keys: dict[str, int] = {}
        stream.write(b"\x80\x05")

    def _memorise(self) -> None:
        self._frame += b"\x94"
        self._memo += 1

    def begin_dict(self) -> None:
        self._frame += b"}"
        self._memorise()

    def begin_list(self) -> None:
        self._frame += b"]"
        self._memorise()

    def begin_items(self) -> None:
        self._frame += b"("

    def end_items(self) -> None:
        self._frame += b"u"
        self._flush(_FRAME_BYTES)

    def end_list_items(self) -> None:
        self._frame += b"e"

    def key(self, key: str) -> None:
        if key in self._keys:
            self.refer(self._keys[key])
        else:
            self._keys[key] = self.text(key)

    def refer(self, place: int) -> None:
        self._frame += b"h" + bytes([place]) if place < 256 else b"j" + struct.pack("<I", place)

    def entry(self, key: str, value: str | float | int) -> int:
        """Write a key and a value; return the memo number of a text."""
        self.key(key)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, float):
            self._frame += b"G" + struct.pack(">d", value)
        else:
            self._frame += b"K" + bytes([value]) if value < 256 else b"J" + struct.pack("<i", value)
        return -1

    def text(self, value: str) -> int:
        """Write a text; return its memo number."""
        raw = value.encode()
        self._frame += (b"\x8c" + bytes([len(raw)]) if len(raw) < 256 else b"X" + struct.pack("<I", len(raw))) + raw
        self._memorise()
        return self._memo - 1

    def _flush(self, least: int) -> None:
        if len(self._frame) >= least:
            self._stream.write(b"\x95" + struct.pack("<Q", len(self._frame)) + self._frame)
            self._frame.clear()

    def end(self) -> None:
        self._frame += b"."
        self._flush(0)
