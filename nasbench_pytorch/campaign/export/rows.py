"""Results of a ledger as columns of a table, thousands at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from nasbench_pytorch.campaign.ledger.schema import EVALUATION_COLUMNS
from nasbench_pytorch.campaign.trials import Numbers, spec_from_text, trial_columns, trial_seed
from nasbench_pytorch.space.costs.one_cell import count_parameters
from nasbench_pytorch.space.costs_in_skeleton import space_costs
from nasbench_pytorch.space.enumerate import nasbench101_space
from nasbench_pytorch.space.spec_hashes import hash_specs
from nasbench_pytorch.table.storage.encoded_column import narrow
from nasbench_pytorch.table.storage.fields import ROW_FIELDS
from nasbench_pytorch.table.storage.row_block import Block, Cells, Vocabulary

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.export.about import Facts
    from nasbench_pytorch.campaign.ledger.insert_trials import CellRow
    from nasbench_pytorch.campaign.ledger.reader import LedgerReader, ResultColumns
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.space.spec import ModelSpec

_PAGE = 10_000
_LARGE_CAMPAIGN = 20_000
"""Number of cells above which listing the whole space is faster than counting cell by cell."""
_STAGES = (0.0, 0.5, 1.0)
_KEPT = ("epochs", "training_time_s", "train_accuracy", "validation_accuracy", "test_accuracy")
"""Fields of an evaluation that a table keeps, in the order of its `EVALUATION_FIELDS`."""

_SETS = {"train": "train_evaluation_images", "validation": "validation_images", "test": "test_images"}


def read_block(
    reader: LedgerReader,
    facts: Facts,
    vocabulary: Vocabulary,
    progress: Progress | None = None,
) -> tuple[Block, dict[str, int]]:
    """Read all results, then a row without numbers for each failed trial, as a table's rows.

    Args:
        reader: the ledger.
        facts: the campaign's facts at the same moment.
        vocabulary: receives the operations' names.
        progress: called with the numbers of results read so far and in all.

    Returns:
        The rows, and the numbers of images that train, validation and test accuracies were measured on.
    """
    pages = []
    done = 0
    for results in reader.result_columns(_PAGE):
        try:
            pages.append(_Page(results))
        except ValueError as error:
            raise reader.damaged(f"table results: {error}") from None
        done += len(results.trials)
        if progress is not None:
            progress(done, facts.finished)
    failed = np.array(sorted(facts.failures), np.int64)
    trials = np.concatenate([*(page.trials for page in pages), failed])
    parts = trial_columns(trials)
    hashes, cells, positions = _read_cells(reader, vocabulary)
    images = _evaluation_images(facts)
    values = np.concatenate([*(page.values for page in pages), np.full((len(ROW_FIELDS), len(failed)), np.nan)], axis=1)
    columns = {}
    for name, column in zip(ROW_FIELDS, values, strict=True):
        columns[name] = narrow(name, column, np.isnan(column), images["test"])
    block = Block(
        cells,
        positions[parts.cells].astype(np.int32),
        parts.epochs.astype(np.uint32),
        columns,
        parts.repeats.astype(np.uint32),
        extra_columns=_extra_columns(pages, facts, trials, hashes),
    )
    return block, images


class _Page:
    """Some results as columns.

    Attributes:
        trials: the trials' numbers.
        values: the 16 numbers of a table's row, NaN if missing, shape (16, rows).
        status, curve, attempts: further columns.
        environments: numbers of the machines.
    """

    def __init__(self, results: ResultColumns) -> None:
        self.trials = np.array(results.trials, np.int64)
        self.status = pa.array(results.status).dictionary_encode()
        self.attempts = np.array(results.restarts, np.int64) + 1
        self.environments = np.array(results.environments, np.int64)
        self.curve = _curves(results.curves)
        self.values = np.full((len(ROW_FIELDS), len(self.trials)), np.nan)
        self.values[-1] = results.total_times_s
        self._set_evaluations(results.evaluations)

    def _set_evaluations(self, texts: Sequence[str]) -> None:
        """Set the evaluations at the start, middle and end of each training; of two at one point, the later."""
        numbers, counts = _numbers(texts)
        width = len(EVALUATION_COLUMNS)
        for index in np.flatnonzero(counts % width)[:1].tolist():
            raise ValueError(
                f"trial {self.trials[index]}: evaluations has {counts[index]} numbers, not {width} for each"
            )
        owners = np.repeat(np.arange(len(counts)), counts // width)
        kept = numbers.reshape(-1, width)[:, [EVALUATION_COLUMNS.index(name) for name in _KEPT]]
        epochs = trial_columns(self.trials).epochs.astype(np.float64)[owners]
        _check_ranges(kept, epochs, self.trials[owners])
        for stage, share in enumerate(_STAGES):
            at_stage = np.flatnonzero(kept[:, 0] == share * epochs)
            self.values[stage * len(_KEPT) : (stage + 1) * len(_KEPT), owners[at_stage]] = kept[at_stage].T


def _check_ranges(kept: npt.NDArray[np.float64], epochs: npt.NDArray[np.float64], trials: Numbers) -> None:
    """Refuse accuracies outside 0 to 1, negative times, and evaluations after a training's end; NaN is no value."""
    for column, name in enumerate(_KEPT):
        highest = epochs if name == "epochs" else 1.0 if name.endswith("accuracy") else math.inf
        values = kept[:, column]
        for index in np.flatnonzero((values < 0) | (values > highest))[:1].tolist():
            raise ValueError(f"trial {trials[index]}: evaluations: {name} is {values[index]:g}")


def _numbers(texts: Sequence[str]) -> tuple[npt.NDArray[np.float64], Numbers]:
    """Parse JSON texts of nested lists; return their numbers in sequence (null is NaN), and each text's count.

    Arrow's parser gives the same doubles as `json`, in a tenth of the time for a million texts.
    """
    joined = "\n".join(texts).encode().translate(None, b"[] ").replace(b"null", b"NaN")
    bare = pa.array(joined.split(b"\n"), pa.binary()).cast(pa.string())
    lists = pc.split_pattern(pc.if_else(pc.equal(bare, ""), None, bare), ",")
    counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy().astype(np.int64)
    return lists.flatten().cast(pa.float64()).to_numpy(), counts


def _curves(texts: Sequence[str]) -> pa.Array:
    losses, counts = _numbers(texts)
    offsets = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(losses.astype(np.float32)))


def _extra_columns(pages: list[_Page], facts: Facts, trials: Numbers, hashes: list[str]) -> dict[str, pa.Array]:
    failed = len(facts.failures)
    seed = facts.settings.seed
    parts = zip(*(column.tolist() for column in trial_columns(trials)), strict=True)
    seeds = [trial_seed(seed, hashes[cell], epochs, repeat) for cell, epochs, repeat in parts]
    environments = np.concatenate([page.environments for page in pages])
    order = {number: index for index, number in enumerate(facts.machines)}
    indices = pa.array([order[number] for number in environments.tolist()] + [None] * failed, pa.int32())
    machines = facts.machines.values()
    columns = {
        "status": _joined([page.status for page in pages], pa.array(["failed"] * failed).dictionary_encode()),
        "seed": pa.array(seeds, pa.int64()),
        "attempts": pa.array([*np.concatenate([page.attempts for page in pages]).tolist(), *[None] * failed]),
        "recipe_id": _texts(indices, [machine.recipe_id for machine in machines]),
        "hardware": _texts(indices, [machine.hardware for machine in machines]),
        "versions": _texts(indices, [machine.versions for machine in machines]),
        "curve": _joined([page.curve for page in pages], pa.nulls(failed, pages[0].curve.type)),
    }
    if failed:
        reasons = [facts.failures[number] for number in trials[-failed:].tolist()]
        columns["failure"] = pa.array([*[None] * (len(trials) - failed), *reasons], pa.string())
    return columns


def _joined(parts: list[pa.Array], last: pa.Array) -> pa.Array:
    arrays = [*parts, last] if len(last) else parts
    whole = pa.chunked_array(arrays).unify_dictionaries().combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _texts(indices: pa.Array, texts: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(indices, pa.array(texts, pa.string()))


def _read_cells(reader: LedgerReader, vocabulary: Vocabulary) -> tuple[list[str], Cells, Numbers]:
    """Read the cells with results or failures, which are all that a table has.

    Returns:
        Each cell's hash by number; the table's cells; number → position in them.
    """
    rows = reader.cells()
    used = reader.cells_with_outcomes()
    positions = np.full(len(rows), -1, np.int64)
    positions[sorted(used)] = np.arange(len(used))
    kept = [row for number, row in enumerate(rows) if number in used]
    _check_cells(reader, kept)
    names = [row.operations.split(",") for row in kept]
    matrices = "".join(row.adjacency for row in kept).encode()
    cells = Cells(
        np.frombuffer(bytes.fromhex("".join(row.hash for row in kept)), np.uint8).reshape(-1, 16),
        np.array([len(words) for words in names], np.int64),
        np.array([row.parameters for row in kept], np.int64),
        np.frombuffer(matrices, np.uint8) - np.uint8(ord("0")),
        np.array([vocabulary.code(name) for words in names for name in words], np.uint8),
    )
    return [row.hash for row in rows], cells, positions


def _check_cells(reader: LedgerReader, rows: Sequence[CellRow]) -> None:
    """Compute each cell's hash and parameters again, and refuse others."""
    skeleton = reader.settings().skeleton
    try:
        specs = [spec_from_text(row.adjacency, row.operations) for row in rows]
        hashes = hash_specs([spec.original_matrix for spec in specs], [spec.original_ops for spec in specs])
        parameters = _parameters([row.hash for row in rows], specs, skeleton)
    except ValueError as error:
        raise reader.damaged(f"table cells: {error}") from None
    for row, computed, count in zip(rows, hashes, parameters, strict=True):
        if row.hash != computed:
            raise reader.damaged(f"table cells, hash {row.hash}: the cell's matrix and operations have another hash")
        if row.parameters != count:
            raise reader.damaged(f"table cells, hash {row.hash}: the cell has {count:,} parameters")


def _parameters(hashes: Sequence[str], specs: Sequence[ModelSpec], skeleton: Skeleton) -> Sequence[int]:
    if len(specs) < _LARGE_CAMPAIGN:
        return [count_parameters(spec, skeleton) for spec in specs]
    cells = nasbench101_space().subset(sorted(hashes))
    known = dict(zip(cells.hashes(), space_costs(cells, skeleton)[0].tolist(), strict=True))
    return [known[value] for value in hashes]


def _evaluation_images(facts: Facts) -> dict[str, int]:
    """Return how many images the accuracies were measured on; whole batches only, if the recipe drops the rest."""
    recipe = facts.settings.recipe
    data = next(iter(facts.machines.values())).description.get("data", {})
    batch = recipe.evaluation_batch_size if recipe.evaluation_drop_remainder else 1
    default = recipe.train_evaluation_images
    return {name: max(1, int(data.get(key, default)) // batch * batch) for name, key in _SETS.items()}
