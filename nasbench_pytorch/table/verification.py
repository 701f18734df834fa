"""Does a table hold together: hashes, parameter counts, accuracies, times."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import NASBENCH101_SKELETON, ModelSpec, Skeleton, hash_specs
from nasbench_pytorch.table.parameter_counter import ParameterCounter
from nasbench_pytorch.table.storage.encoded_column import Encoding, fractions
from nasbench_pytorch.table.storage.fields import ROW_FIELDS, STAGES, is_accuracy
from nasbench_pytorch.table.storage.row_reader import RowReader

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.table.storage.schema import Metadata
    from nasbench_pytorch.table.storage.table_file import TableFile

EXAMPLES = 5
CELLS_AT_A_TIME = 1 << 14
_SINGLE = np.finfo(np.float32).eps


@dataclass(frozen=True)
class Problem:
    """Something that is wrong in a table.

    Attributes:
        check: what was checked.
        count: how many cells or rows fail it.
        examples: the first of them, in words.
    """

    check: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class VerifyReport:
    """What a verification found.

    Attributes:
        cells: cells looked at.
        rows: rows looked at.
        assumed: what was taken for granted because neither the table nor the caller said it.
        problems: what is wrong; empty for a sound table.
    """

    cells: int
    rows: int
    assumed: tuple[str, ...]
    problems: tuple[Problem, ...]


class _Findings:
    """Counts failures by check and keeps the first few."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, list[str]]] = {}

    def add(self, check: str, count: int, examples: Iterator[str]) -> None:
        if count:
            before, kept = self._found.get(check, (0, []))
            room = EXAMPLES - len(kept)
            kept += [text for text, _ in zip(examples, range(room), strict=False)] if room else []
            self._found[check] = before + count, kept

    def problems(self) -> tuple[Problem, ...]:
        return tuple(Problem(check, count, tuple(kept)) for check, (count, kept) in self._found.items())


def verify(
    table: TableFile,
    skeleton: Skeleton | None = None,
    evaluation_images: int | Mapping[str, int] | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Check every cell and row of a table.

    Each hash belongs to its graph; trainable parameters are those of the cell in the skeleton; accuracies are whole
    numbers of evaluation images; time at halfway is below that at the end.

    Args:
        table: the table.
        skeleton: the network around the cells; None for what the table says, else the original's.
        evaluation_images: images of an evaluation, or of those of `train`, `validation` and `test`; None for what the
            table says.
        progress: called with the cells done and the cells in all.
    """
    assumed = []
    if skeleton is None and table.metadata.skeleton is not None:
        skeleton = Skeleton(**table.metadata.skeleton)
    if skeleton is None:
        skeleton = NASBENCH101_SKELETON
        assumed.append("skeleton of NAS-Bench-101 (3 stacks of 3 modules, stem of 128 channels)")
    said = table.metadata
    if evaluation_images is not None:
        by_set = dict(evaluation_images) if isinstance(evaluation_images, Mapping) else {}
        images = 0 if isinstance(evaluation_images, Mapping) else evaluation_images
        said = dataclasses.replace(said, evaluation_images=images, images_by_set=by_set)
    elif said.source is not None:
        assumed.append(f"{said.evaluation_images:,} evaluation images")
    findings = _Findings()
    _verify_cells(table, skeleton, findings, progress)
    _verify_accuracies(table, said, findings)
    _verify_times(table, findings)
    return VerifyReport(table.cells, table.rows, tuple(assumed), findings.problems())


def _verify_cells(table: TableFile, skeleton: Skeleton, findings: _Findings, progress: Progress | None) -> None:
    reader, counter = RowReader(table), ParameterCounter(skeleton)
    for start in range(0, table.cells, CELLS_AT_A_TIME):
        stop = min(start + CELLS_AT_A_TIME, table.cells)
        cells = {cell: reader.cell(cell) for cell in range(start, stop)}
        sound = {}
        for cell, facts in cells.items():
            reason = _malformed(facts, table.metadata.available_ops)
            if reason:
                findings.add("graph is a pruned cell of the space", 1, iter([f"{table.hash_of(cell)}: {reason}"]))
            else:
                sound[cell] = facts
        matrices = [facts["module_adjacency"] for facts in sound.values()]
        hashes = hash_specs(
            matrices, [facts["module_operations"] for facts in sound.values()], table.metadata.available_ops
        )
        for (cell, facts), computed in zip(sound.items(), hashes, strict=True):
            stored = table.hash_of(cell)
            if computed != stored:
                findings.add("hash belongs to its graph", 1, iter([f"{stored}: the graph's hash is {computed}"]))
            expected = counter.count(facts["module_adjacency"], facts["module_operations"])
            if facts["trainable_parameters"] != expected:
                text = f"{stored}: {facts['trainable_parameters']}, the skeleton gives {expected}"
                findings.add("trainable parameters are the skeleton's", 1, iter([text]))
        if progress is not None:
            progress(stop, table.cells)


def _malformed(facts: dict[str, object], known: tuple[str, ...]) -> str | None:
    """Why a stored graph is no pruned cell, None where it is one."""
    operations = facts["module_operations"]
    assert isinstance(operations, list)
    try:
        spec = ModelSpec(facts["module_adjacency"], operations)  # type: ignore[arg-type]
    except InputError as error:
        return str(error)
    if not spec.valid_spec:
        return "the output cannot be reached"
    if spec.ops != operations:
        return "it has vertices that are on no path from input to output"
    if operations[0] != "input" or operations[-1] != "output":
        return "it does not begin with input and end with output"
    unknown = next((name for name in operations[1:-1] if name not in known), None)
    return f"unknown operation '{unknown}'" if unknown else None


def _verify_accuracies(table: TableFile, said: Metadata, findings: _Findings) -> None:
    for name in filter(is_accuracy, ROW_FIELDS):
        images = said.images_of(name)
        column = table.column(name)
        counted = column is not None and column.encoding in (Encoding.COUNT, Encoding.COUNT64)
        if counted and images == table.metadata.evaluation_images and int(column.stored.max()) <= images:  # type: ignore[union-attr]
            continue
        values = table.values(name, slice(0, table.rows))
        missing = table.missing(name)
        there = np.ones(table.rows, np.bool_) if missing is None else ~missing
        bad = np.flatnonzero(there & ~_is_fraction(values, images))
        texts = (f"{_row_name(table, int(row))}: {name} {float(values[row])!r}" for row in bad)
        findings.add(f"accuracies are whole numbers of {images:,} images", len(bad), texts)


def _is_fraction(values: npt.NDArray[np.float64], images: int) -> npt.NDArray[np.bool_]:
    """Which values are k / images for a whole k from 0 to images, as a double or as a float32."""
    with np.errstate(invalid="ignore"):
        counts = np.rint(values * images)
        inside = (counts >= 0) & (counts <= images)
    chosen = np.where(inside, counts, 0).astype(np.int64)
    exact = fractions(Encoding.COUNT64, images)[chosen]
    fits: npt.NDArray[np.bool_] = inside & (np.abs(values - exact) <= _SINGLE * exact)
    return fits


def _verify_times(table: TableFile, findings: _Findings) -> None:
    everything = slice(0, table.rows)
    start, halfway, final = (table.values(stage + "training_time", everything) for stage in STAGES)
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero((halfway >= final) | (start < 0) | (halfway < 0) | (final < 0))
    texts = (f"{_row_name(table, int(row))}: {halfway[row]} s halfway, {final[row]} s at the end" for row in bad)
    findings.add("time halfway is below the time at the end", len(bad), texts)


def _row_name(table: TableFile, row: int) -> str:
    cell = int(np.searchsorted(table.row_starts, row, side="right")) - 1
    return f"{table.hash_of(cell)} at {table.epochs[row]} epochs, repeat {table.repeats[row]}"
