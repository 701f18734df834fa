"""The results in a ledger as a table's columns, thousands at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from nasbench_pytorch.campaign.ledger.schema import EVALUATION_COLUMNS
from nasbench_pytorch.campaign.trials import trial_parts, trial_seed
from nasbench_pytorch.table.storage.encoded_column import narrow
from nasbench_pytorch.table.storage.fields import ROW_FIELDS
from nasbench_pytorch.table.storage.row_block import Block, Cells, Vocabulary

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.export.about import Facts

_PAGE = 10_000
_STAGES = (0.0, 0.5, 1.0)
_KEPT = ("epochs", "training_time_s", "train_accuracy", "validation_accuracy", "test_accuracy")
"""Of an evaluation, in the order of the table's `EVALUATION_FIELDS`."""

_SETS = {"train": "train_evaluation_images", "validation": "validation_images", "test": "test_images"}

Numbers = npt.NDArray[np.int64]


def read_block(
    connection: sqlite3.Connection,
    facts: Facts,
    vocabulary: Vocabulary,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Block, dict[str, int]]:
    """All results, then a row without numbers for each trial that failed, ready to be written as a table.

    Args:
        connection: in the caller's transaction.
        facts: of the campaign at that moment.
        vocabulary: gets the operations' names.
        progress: called with the results read and the results in all.

    Returns:
        The rows, and the images that train, validation and test accuracies were measured on.
    """
    pages = []
    done = 0
    cursor = connection.execute(
        "SELECT trial, status, evaluations, curve, restarts, total_time_s, environment FROM results ORDER BY trial"
    )
    while rows := cursor.fetchmany(_PAGE):
        pages.append(_Page(rows))
        done += len(rows)
        if progress is not None:
            progress(done, facts.finished)
    failed = np.array(sorted(facts.failures), np.int64)
    trials = np.concatenate([*(page.trials for page in pages), failed])
    hashes, cells, places = _read_cells(connection, vocabulary)
    images = _evaluation_images(facts)
    values = np.concatenate([*(page.values for page in pages), np.full((len(ROW_FIELDS), len(failed)), np.nan)], axis=1)
    columns = {}
    for name, column in zip(ROW_FIELDS, values, strict=True):
        columns[name] = narrow(name, column, np.isnan(column), images["test"])
    block = Block(
        cells,
        places[trials >> 32].astype(np.int32),
        (trials >> 12 & (1 << 20) - 1).astype(np.uint32),
        columns,
        (trials & (1 << 12) - 1).astype(np.uint32),
        extra_columns=_own_columns(pages, facts, trials, hashes),
    )
    return block, images


class _Page:
    """Some results as columns.

    Attributes:
        trials: their numbers.
        values: a table's 16 numbers of each, NaN where there is none, shape (16, rows).
        status, curve, attempts: further columns.
        environments: numbers of the machines.
    """

    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        numbers, status, evaluations, curves, restarts, total_times, environments = zip(*rows, strict=True)
        self.trials = np.array(numbers, np.int64)
        self.status = pa.array(status).dictionary_encode()
        self.attempts = np.array(restarts, np.int64) + 1
        self.environments = np.array(environments, np.int64)
        self.curve = _curves(curves)
        self.values = np.full((len(ROW_FIELDS), len(rows)), np.nan)
        self.values[-1] = total_times
        self._take_evaluations(evaluations)

    def _take_evaluations(self, texts: Sequence[str]) -> None:
        """The evaluations at the start, at half and at the end of each training; of two at one place the later."""
        numbers, counts = _numbers(texts)
        width = len(EVALUATION_COLUMNS)
        owners = np.repeat(np.arange(len(counts)), counts // width)
        kept = numbers.reshape(-1, width)[:, [EVALUATION_COLUMNS.index(name) for name in _KEPT]]
        epochs = (self.trials >> 12 & (1 << 20) - 1).astype(np.float64)[owners]
        for stage, share in enumerate(_STAGES):
            here = np.flatnonzero(kept[:, 0] == share * epochs)
            self.values[stage * len(_KEPT) : (stage + 1) * len(_KEPT), owners[here]] = kept[here].T


def _numbers(texts: Sequence[str]) -> tuple[npt.NDArray[np.float64], Numbers]:
    """The numbers in JSON texts of nested lists, one behind the other (null is NaN), and how many each text has.

    Arrow's parser gives the same doubles as json's, and takes a tenth of the time for a million texts.
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


def _own_columns(pages: list[_Page], facts: Facts, trials: Numbers, hashes: list[str]) -> dict[str, pa.Array]:
    failed = len(facts.failures)
    seed, places = facts.settings.seed, range(len(hashes))
    known = dict(zip(places, hashes, strict=True))
    seeds = [trial_seed(seed, known[cell], *rest) for cell, *rest in map(trial_parts, trials.tolist())]
    environments = np.concatenate([page.environments for page in pages])
    order = {number: index for index, number in enumerate(facts.machines)}
    indices = pa.array([order[number] for number in environments.tolist()] + [None] * failed, pa.int32())
    machines = facts.machines.values()
    own = {
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
        own["failure"] = pa.array([*[None] * (len(trials) - failed), *reasons], pa.string())
    return own


def _joined(parts: list[pa.Array], last: pa.Array) -> pa.Array:
    arrays = [*parts, last] if len(last) else parts
    whole = pa.chunked_array(arrays).unify_dictionaries().combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _texts(indices: pa.Array, texts: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(indices, pa.array(texts, pa.string()))


def _read_cells(connection: sqlite3.Connection, vocabulary: Vocabulary) -> tuple[list[str], Cells, Numbers]:
    """Hash by number; the cells that have results or failures (a table has no others); number → place in them."""
    rows = connection.execute("SELECT hash, adjacency, operations, parameters FROM cells ORDER BY number").fetchall()
    used = {row[0] for row in connection.execute("SELECT DISTINCT number >> 32 FROM trials WHERE state <> 0")}
    places = np.full(len(rows), -1, np.int64)
    places[sorted(used)] = np.arange(len(used))
    shown = [row for number, row in enumerate(rows) if number in used]
    names = [row[2].split(",") for row in shown]
    matrices = "".join(row[1] for row in shown).encode()
    cells = Cells(
        np.frombuffer(bytes.fromhex("".join(row[0] for row in shown)), np.uint8).reshape(-1, 16),
        np.array([len(words) for words in names], np.int64),
        np.array([row[3] for row in shown], np.int64),
        np.frombuffer(matrices, np.uint8) - np.uint8(ord("0")),
        np.array([vocabulary.code(name) for words in names for name in words], np.uint8),
    )
    return [row[0] for row in rows], cells, places


def _evaluation_images(facts: Facts) -> dict[str, int]:
    """Images that the accuracies were measured on: whole batches only, where the recipe drops the rest."""
    recipe = facts.settings.recipe
    data = next(iter(facts.machines.values())).description.get("data", {})
    batch = recipe.evaluation_batch_size if recipe.evaluation_drop_remainder else 1
    usual = recipe.train_evaluation_images
    return {name: max(1, int(data.get(key, usual)) // batch * batch) for name, key in _SETS.items()}
