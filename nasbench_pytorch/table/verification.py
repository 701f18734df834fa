"""Verify a table: hashes, parameter counts, accuracies and times."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.arrow_digest import check_digest
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import NASBENCH101_SKELETON, ModelSpec, Skeleton, hash_specs
from nasbench_pytorch.table.parameter_counter import ParameterCounter
from nasbench_pytorch.table.storage.encoded_column import Encoding
from nasbench_pytorch.table.storage.fields import ROW_FIELDS, STAGES, is_accuracy
from nasbench_pytorch.table.storage.row_reader import RowReader
from nasbench_pytorch.table.storage.table_file import DAMAGED_TABLE
from nasbench_pytorch.table.verification_report import Findings, VerifyReport

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.table.storage.schema import Metadata
    from nasbench_pytorch.table.storage.table_file import TableFile

CELLS_AT_A_TIME = 1 << 14
_SINGLE = np.finfo(np.float32).eps


def verify(
    table: TableFile,
    skeleton: Skeleton | None = None,
    evaluation_images: int | Mapping[str, int] | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Check the file, and every cell and row of a table.

    The file must be what its writer wrote, by the digest in it. Each hash must belong to its graph, trainable
    parameters must be those of the cell in the skeleton, accuracies must be whole numbers of evaluation images, and the
    time halfway must be below the time at the end.

    Args:
        table: the table.
        skeleton: the network around the cells; None for the table's, or the original's if the table names none.
        evaluation_images: images of an evaluation, or a number for each of `train`, `validation` and `test`; None for
            the table's numbers.
        progress: called with the cells done and the cells in all.
    """
    assumed = []
    if skeleton is None and table.metadata.skeleton is not None:
        skeleton = Skeleton(**table.metadata.skeleton)
    if skeleton is None:
        skeleton = NASBENCH101_SKELETON
        assumed.append("skeleton of NAS-Bench-101 (3 stacks of 3 modules, stem of 128 channels)")
    metadata = table.metadata
    if evaluation_images is not None:
        by_set = dict(evaluation_images) if isinstance(evaluation_images, Mapping) else {}
        images = 0 if isinstance(evaluation_images, Mapping) else evaluation_images
        metadata = dataclasses.replace(metadata, evaluation_images=images, images_by_set=by_set)
    elif metadata.source is not None:
        assumed.append(f"{metadata.evaluation_images:,} evaluation images")
    findings = Findings()
    if not _verify_file(table, findings):
        assumed.append("an undamaged file: it has no digest, as the tables of earlier versions")
    _verify_cells(table, skeleton, findings, progress)
    _verify_accuracies(table, metadata, findings)
    _verify_times(table, findings)
    return VerifyReport(table.cells, table.rows, tuple(assumed), findings.problems())


def _verify_file(table: TableFile, findings: Findings) -> bool:
    """Compare the file with its digest, even if it was compared before; return whether it has one."""
    try:
        return check_digest(table.path, DAMAGED_TABLE)
    except InputError as error:
        findings.add("file is what was written", 1, [str(error)])
        return True


def _verify_cells(table: TableFile, skeleton: Skeleton, findings: Findings, progress: Progress | None) -> None:
    reader, counter = RowReader(table), ParameterCounter(skeleton)
    unknown = table.parameters[1]
    counted = unknown is None or not unknown.all()  # a table may have come without parameter counts
    for start in range(0, table.cells, CELLS_AT_A_TIME):
        stop = min(start + CELLS_AT_A_TIME, table.cells)
        cells = {cell: reader.cell(cell) for cell in range(start, stop)}
        sound = {}
        for cell, facts in cells.items():
            reason = _malformed(facts, table.metadata.available_ops)
            if reason:
                findings.add("graph is a pruned cell of the space", 1, [f"{table.hash_of(cell)}: {reason}"])
            else:
                sound[cell] = facts
        matrices = [facts["module_adjacency"] for facts in sound.values()]
        hashes = hash_specs(
            matrices, [facts["module_operations"] for facts in sound.values()], table.metadata.available_ops
        )
        for (cell, facts), computed in zip(sound.items(), hashes, strict=True):
            stored = table.hash_of(cell)
            if computed != stored:
                findings.add("hash belongs to its graph", 1, [f"{stored}: the graph's hash is {computed}"])
            expected = counter.count(facts["module_adjacency"], facts["module_operations"])
            if counted and facts["trainable_parameters"] != expected:
                text = f"{stored}: {facts['trainable_parameters']}, the skeleton gives {expected}"
                findings.add("trainable parameters are the skeleton's", 1, [text])
        if progress is not None:
            progress(stop, table.cells)


def _malformed(facts: dict[str, Any], known: tuple[str, ...]) -> str | None:
    """Return why a stored graph is not a pruned cell; None if it is one."""
    operations: list[str] = facts["module_operations"]
    try:
        spec = ModelSpec(facts["module_adjacency"], operations)
    except InputError as error:
        return str(error)
    if not spec.valid_spec:
        return "the output cannot be reached"
    if spec.ops != operations:
        return "some vertices are on no path from input to output"
    if operations[0] != "input" or operations[-1] != "output":
        return "the operations do not begin with input and end with output"
    unknown = next((name for name in operations[1:-1] if name not in known), None)
    return f"unknown operation '{unknown}'" if unknown else None


def _verify_accuracies(table: TableFile, metadata: Metadata, findings: Findings) -> None:
    for name in filter(is_accuracy, ROW_FIELDS):
        images = metadata.images_of(name)
        column = table.column(name)
        if (
            column is not None
            and column.encoding in (Encoding.COUNT, Encoding.COUNT64)
            and images == table.metadata.evaluation_images
            and int(column.stored.max(initial=0)) <= images
        ):
            continue
        values = table.values(name, slice(0, table.rows))
        missing = table.missing(name)
        present = np.ones(table.rows, np.bool_) if missing is None else ~missing
        bad = np.flatnonzero(present & ~_is_fraction(values, images))
        texts = (f"{_row_name(table, int(row))}: {name} {float(values[row])!r}" for row in bad)
        findings.add(f"accuracies are whole numbers of {images:,} images", len(bad), texts)


def _is_fraction(values: npt.NDArray[np.float64], images: int) -> npt.NDArray[np.bool_]:
    """Return which values are k / images for a whole k from 0 to `images`, as a double or as a float32."""
    with np.errstate(invalid="ignore", over="ignore"):
        counts = np.rint(values * images)
        inside = (counts >= 0) & (counts <= images)
    chosen = np.where(inside, counts, 0).astype(np.int64)
    exact = chosen / images
    fits: npt.NDArray[np.bool_] = inside & (np.abs(values - exact) <= _SINGLE * exact)
    return fits


def _verify_times(table: TableFile, findings: Findings) -> None:
    everything = slice(0, table.rows)
    start, halfway, final = (table.values(stage + "training_time", everything) for stage in STAGES)
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero((halfway >= final) | (start < 0) | (halfway < 0) | (final < 0))
    texts = (f"{_row_name(table, int(row))}: {halfway[row]} s halfway, {final[row]} s at the end" for row in bad)
    findings.add("time halfway is below the time at the end", len(bad), texts)


def _row_name(table: TableFile, row: int) -> str:
    cell = int(np.searchsorted(table.row_starts, row, side="right")) - 1
    return f"{table.hash_of(cell)} at {table.epochs[row]} epochs, repeat {table.repeats[row]}"
