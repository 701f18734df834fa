"""The runs of a search as an Arrow file: one row per run, with the evaluations as a list."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from nasbench_pytorch.arrow_digest import DIGEST_KEY, NO_DIGEST, DigestingStream, check_digest
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write, name_for_arrow
from nasbench_pytorch.printable import escape_controls
from nasbench_pytorch.search.history import Ending, History
from nasbench_pytorch.shapes import checked, parse_json

if TYPE_CHECKING:
    import numpy.typing as npt

ABOUT_KEY = b"nasbench_search"
"""Key of the search's description, JSON, in the metadata of the schema."""

_COLUMNS: tuple[tuple[str, pa.DataType, str], ...] = (
    ("position", pa.int32(), "positions"),
    ("epochs", pa.int16(), "epochs"),
    ("repeat", pa.int8(), "repeats"),
    ("validation_accuracy", pa.float64(), "values"),
    ("cost_s", pa.float64(), "costs_s"),
    ("time_s", pa.float64(), "times_s"),
    ("is_duplicate", pa.bool_(), "is_duplicate"),
    ("test_accuracy", pa.float64(), "test_accuracies"),
)
"""Name and type of a value of an evaluation, and the attribute of `History` that holds it."""

_EVALUATION = pa.struct([(name, kind) for name, kind, _ in _COLUMNS])
"""One evaluation. `position` is the row of the cell in the complete space, and `time_s` the sum of the costs so far.
`test_accuracy` is measured by a training; it is null with a table."""

SCHEMA = pa.schema(
    [
        ("run", pa.int32()),
        ("proposals", pa.int64()),
        ("invalid", pa.int64()),
        ("duplicates", pa.int64()),
        ("ended_by", pa.string()),
        ("evaluations", pa.list_(_EVALUATION)),
    ]
)


def write_runs(path: str | os.PathLike[str], runs: Mapping[int, History], about: Mapping[str, Any]) -> None:
    """Write runs, ascending by number, atomically.

    Args:
        path: the file; its folder must exist.
        runs: number of the run → its history.
        about: description of the search, plain values.

    Raises:
        OSError: the file cannot be written.
    """
    schema = SCHEMA.with_metadata({ABOUT_KEY: json.dumps(about), DIGEST_KEY: NO_DIGEST})
    with atomic_write(path) as stream:
        digesting = DigestingStream(stream)
        with ipc.new_file(digesting, schema, options=_OPTIONS) as writer:
            for run in sorted(runs):
                writer.write_batch(_batch(run, runs[run], schema))
        digesting.fill_in()


_OPTIONS = ipc.IpcWriteOptions(compression="zstd")


def read_runs(path: str | os.PathLike[str]) -> tuple[dict[int, History], dict[str, Any]]:
    """Read what `write_runs` wrote: the runs by number, and the description.

    Raises:
        InputError: the file holds no runs, or is damaged.
        OSError: it cannot be read.
    """
    with Path(path).open("rb"):  # raises an OSError with the path for a missing file or a folder
        pass
    remedy = "remove it, and run the search again to repeat its runs"
    try:
        # An empty file cannot be mapped; the files of earlier versions have no digest.
        check_digest(path, remedy)
        with pa.memory_map(name_for_arrow(path)) as stream, ipc.open_file(stream) as reader:
            if not reader.schema.equals(SCHEMA):
                raise InputError("it has other columns")
            about = parse_json(reader.schema.metadata[ABOUT_KEY], "its description")
            runs: dict[int, History] = {}
            for number in range(reader.num_record_batches):
                run, history = _checked_run(reader.get_batch(number))
                if run in runs:
                    raise InputError(f"run {run} occurs twice")
                runs[run] = history
            return runs, checked(dict[str, Any], about, "its description")
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError, IndexError, MemoryError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if DIGEST_KEY.decode() in reason:
            raise
        raise InputError(
            f"{path}: not the runs of a search, or damaged ({escape_controls(reason)}); {remedy}"
        ) from None


def _batch(run: int, history: History, schema: pa.Schema) -> pa.RecordBatch:
    values = [(getattr(history, attribute), kind) for _, kind, attribute in _COLUMNS]
    columns = [pa.nulls(len(history), kind) if value is None else pa.array(value, kind) for value, kind in values]
    evaluations = pa.StructArray.from_arrays(columns, fields=list(_EVALUATION))
    lists = pa.ListArray.from_arrays(pa.array([0, len(history)], pa.int32()), evaluations)
    counts = (run, history.proposals, history.invalid, history.duplicates, history.ended_by)
    return pa.RecordBatch.from_arrays(
        [*(pa.array([value], kind) for value, kind in zip(counts, SCHEMA.types, strict=False)), lists], schema=schema
    )


def _checked_run(batch: pa.RecordBatch) -> tuple[int, History]:
    """Return the run in a batch, after checks: Arrow does not validate a file's lengths and offsets by itself.

    Raises:
        InputError: a value is missing, or out of the range that a search gives.
        pa.ArrowInvalid: the batch is damaged.
    """
    batch.validate(full=True)
    if batch.num_rows != 1:
        raise InputError(f"a batch has {batch.num_rows} runs, not one")
    inner = batch["evaluations"].flatten()
    required = [field.name for field in _EVALUATION if field.name != "test_accuracy"]
    absent = [name for name in SCHEMA.names if batch[name].null_count] or [
        name for name in required if inner.field(name).null_count
    ]
    if absent or inner.null_count:
        raise InputError(f"{absent[0] if absent else 'evaluations'}: a value is missing")
    run, history = batch["run"][0].as_py(), _history(batch)
    counts = history.proposals, history.invalid, history.duplicates
    sound = {
        "run": run >= 0,
        "position": (history.positions >= 0).all(),
        "epochs": (history.epochs >= 1).all(),
        "repeat": (history.repeats >= -1).all(),
        "validation_accuracy": np.isfinite(history.values).all(),
        "cost_s": (np.isfinite(history.costs_s) & (history.costs_s >= 0)).all(),
        "time_s": np.array_equal(_numbers(inner, "time_s"), history.times_s),
        "proposals": min(counts) >= 0 and history.proposals >= len(history),
        "ended_by": history.ended_by in get_args(Ending),
    }
    wrong = next((name for name, is_sound in sound.items() if not is_sound), None)
    if wrong is not None:
        raise InputError(f"run {run}: {wrong} is out of range")
    return run, history


def _history(batch: pa.RecordBatch) -> History:
    evaluations = batch["evaluations"].flatten()
    columns = {attribute: _numbers(evaluations, name) for name, _, attribute in _COLUMNS}
    del columns["times_s"]  # History computes it from the costs
    if evaluations.field("test_accuracy").null_count == len(evaluations):
        del columns["test_accuracies"]
    return History(
        **columns,
        proposals=batch["proposals"][0].as_py(),
        invalid=batch["invalid"][0].as_py(),
        duplicates=batch["duplicates"][0].as_py(),
        ended_by=batch["ended_by"][0].as_py(),
    )


def _numbers(evaluations: pa.StructArray, name: str) -> npt.NDArray[Any]:
    return np.asarray(evaluations.field(name).to_numpy(zero_copy_only=False))
