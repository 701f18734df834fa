"""Readers of a search's folder: its description, its runs, and the states of unfinished runs."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from nasbench_pytorch.checksum import OWN_DIGEST, json_sha256
from nasbench_pytorch.explorer import Searches
from nasbench_pytorch.search import Budget, Candidates, SearchRuns, compare_runs, run_search
from nasbench_pytorch.search.reports.text import markdown
from nasbench_pytorch.search.reports.write import report_facts
from nasbench_pytorch.search.saving.runs_file import ABOUT_KEY, SCHEMA
from nasbench_pytorch.search.saving.saved_state import encode, read_state
from nasbench_pytorch.search.saving.stored_search import ABOUT_FILE, RUNS_FILE
from nasbench_pytorch.space import enumerate_cells
from tests.fuzz.mutations import change_values, changed_bytes, changed_json
from tests.fuzz.reader import FuzzedReader, WrongReadError
from tests.helpers.explorer_samples import mini_table, write_searches
from tests.helpers.search_slow_source import SlowSource

_STATE = "state-0.json"
_ALGORITHM = "regularized_evolution"


@cache
def _searched() -> dict[str, bytes]:
    """Search the small table, and return the files."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_searches(Path(scratch), searches=1) / "seed0"
        return {name: (folder / name).read_bytes() for name in (ABOUT_FILE, RUNS_FILE)}


def _make(folder: Path, name: str) -> bytes:
    (folder / "sound").mkdir()
    for file, content in _searched().items():
        (folder / "sound" / file).write_bytes(content)
    return _searched()[name]


def _about_without_digest(folder: Path) -> bytes:
    content = json.loads(_make(folder, ABOUT_FILE))
    del content[OWN_DIGEST]
    return json.dumps(content).encode()


def _with_content(data: bytes, rows: list[dict[str, Any]] | None = None, about: bytes | None = None) -> bytes:
    """Return runs as earlier versions wrote them, without a digest: the same ones or others."""
    with pa.ipc.open_file(pa.BufferReader(data)) as reader:
        batches = [reader.get_batch(number) for number in range(reader.num_record_batches)]
    schema = SCHEMA.with_metadata({ABOUT_KEY: about or batches[0].schema.metadata[ABOUT_KEY]})
    if rows is not None:
        batches = [pa.RecordBatch.from_pylist([row], schema=schema) for row in rows]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
    return bytes(sink.getvalue())


def _changed_runs(data: bytes, generator: random.Random) -> bytes:
    with pa.ipc.open_file(pa.BufferReader(data)) as reader:
        rows = reader.read_all().to_pylist()
    change_values(rows, generator)
    try:
        return _with_content(data, rows)
    except (pa.ArrowException, TypeError, ValueError, OverflowError, AttributeError):
        return data  # the columns cannot hold the value


def _in_folder(path: Path, name: str, read: Callable[[Path], object]) -> object:
    """Read the search with a changed file in place of the sound one."""
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        folder = Path(scratch) / "search"
        shutil.copytree(path.parent / "sound", folder)
        shutil.copy(path, folder / name)
        return read(folder)


def _same_search(path: Path, name: str) -> None:
    """A search that is read must be the sound one: other spaces in a JSON text are no damage."""
    found, sound = _in_folder(path, name, SearchRuns.read), SearchRuns.read(path.parent / "sound")
    assert isinstance(found, SearchRuns)
    same = found.runs.keys() == sound.runs.keys() and all(found.runs[run].equals(sound.runs[run]) for run in found.runs)
    if found.about != sound.about or not same:
        raise WrongReadError("another search was read")


def _use_search(folder: Path) -> None:
    """Report and replay a search."""
    contents = compare_runs([folder], table=mini_table().file)
    markdown(contents)
    json.dumps(report_facts(contents), allow_nan=False)
    SearchRuns.read(folder)._repr_html_()
    replayed = Searches(mini_table(), [folder])
    json.dumps([replayed.describe(), replayed.replay("0", 10)], allow_nan=False)


def _use_description(path: Path) -> None:
    """Read a description that the runs have too, so that it is used and not only compared."""

    def read(folder: Path) -> None:
        runs = folder / RUNS_FILE
        runs.write_bytes(_with_content(runs.read_bytes(), about=path.read_bytes()))
        _use_search(folder)

    _in_folder(path, ABOUT_FILE, read)


def _search_on(folder: Path) -> None:
    source = SlowSource(Candidates(enumerate_cells(max_vertices=4, cache=False)))
    run_search(_ALGORITHM, source=source, runs=1, budget=Budget(evaluations=20), out=folder)


@cache
def _interrupted() -> dict[str, bytes]:
    """Interrupt a search behind its 12th evaluation, and return the files."""
    with tempfile.TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patched:
        patched.setattr("nasbench_pytorch.search.one_run._LARGEST_SHARE_OF_SAVING", 1e9)  # after every evaluation
        source = SlowSource(Candidates(enumerate_cells(max_vertices=4, cache=False)), stop_after=12)
        with pytest.raises(KeyboardInterrupt):
            run_search(_ALGORITHM, source=source, runs=1, budget=Budget(evaluations=20), out=scratch)
        return {name: (Path(scratch) / name).read_bytes() for name in (ABOUT_FILE, _STATE)}


def _state(folder: Path) -> bytes:
    (folder / "sound").mkdir()
    for file, content in _interrupted().items():
        (folder / "sound" / file).write_bytes(content)
    return _interrupted()[_STATE]


def _changed_state(data: bytes, generator: random.Random) -> bytes:
    content = json.loads(data)
    part = content["state"][generator.choice(("loop", "algorithm", "evaluator"))]
    change_values(generator.choice((content["state"], part)), generator)
    return json.dumps({"sha256": json_sha256(content["state"]), "state": content["state"]}).encode()


def _same_state(path: Path) -> None:
    found, sound = read_state(path), read_state(path.parent / "sound" / _STATE)
    if json.dumps(encode(found)) != json.dumps(encode(sound)):
        raise WrongReadError("another state was read")


SEARCH_READERS: dict[str, FuzzedReader] = {
    "search.json": FuzzedReader(
        ".json", lambda folder: _make(folder, ABOUT_FILE), changed_bytes, lambda path: _same_search(path, ABOUT_FILE)
    ),
    "JSON of a search without a digest": FuzzedReader(
        ".json", _about_without_digest, changed_json, _use_description, 0.25
    ),
    "runs of a search": FuzzedReader(
        ".arrow", lambda folder: _make(folder, RUNS_FILE), changed_bytes, lambda path: _same_search(path, RUNS_FILE)
    ),
    "runs without a digest": FuzzedReader(
        ".arrow",
        lambda folder: _with_content(_make(folder, RUNS_FILE)),
        changed_bytes,
        lambda path: _in_folder(path, RUNS_FILE, _use_search),
        0.25,
    ),
    "values in runs": FuzzedReader(
        ".arrow",
        lambda folder: _make(folder, RUNS_FILE),
        _changed_runs,
        lambda path: _in_folder(path, RUNS_FILE, _use_search),
        0.25,
    ),
    "state of an unfinished run": FuzzedReader(".json", _state, changed_bytes, _same_state),
    "values in a run's state": FuzzedReader(
        ".json", _state, _changed_state, lambda path: _in_folder(path, _STATE, _search_on), 0.25
    ),
}
