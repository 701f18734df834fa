"""RunFolder: writes the description of a search and its finished runs into a folder."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.checksum import with_own_digest
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import write_json
from nasbench_pytorch.process_lock import held_lock
from nasbench_pytorch.search.saving.runs_file import write_runs
from nasbench_pytorch.search.saving.stored_search import ABOUT_FILE, PARTS, RUNS_FILE, read_folder

if TYPE_CHECKING:
    from nasbench_pytorch.search.history import History

_STATES = "state-*.json"
_SECONDS_BETWEEN_PARTS = 5.0


class RunFolder:
    """Stores finished runs in a folder. Use it in a `with` block, which locks the folder.

    Runs are written every few seconds, so a killed process loses only those of the last seconds.

    Attributes:
        path: the folder.
        runs: number of the run → its history, for all finished runs.

    Args:
        path: the folder; it is made if it does not exist.
        about: description of the search, plain values.

    Raises:
        InputError: another process writes into the folder, or it holds another search, or other files.
        OSError: the folder cannot be written.
    """

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        self.path = path
        self.runs: dict[int, History] = {}
        self._about = dict(about)
        self._unwritten: dict[int, History] = {}
        self._written_s = time.monotonic()
        self._lock = contextlib.ExitStack()

    def __enter__(self) -> RunFolder:
        if self.path.exists() and not self.path.is_dir():
            raise InputError(f"{self.path} is a file; name a folder")
        self.path.mkdir(parents=True, exist_ok=True)
        refusal = f"{self.path}: another process searches into it; wait for its end, or name another folder"
        with contextlib.ExitStack() as stack:
            stack.enter_context(held_lock(self.path / ".lock", refusal))
            self._open()
            self._lock = stack.pop_all()  # kept until __exit__
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._flush()

    def add(self, run: int, history: History) -> bool:
        """Store a finished run; return whether all runs are on disk now."""
        self.runs[run] = self._unwritten[run] = history
        if time.monotonic() - self._written_s > _SECONDS_BETWEEN_PARTS:
            self._flush()
        return not self._unwritten

    def finish(self) -> None:
        """Write all runs into one file, and remove the parts; do nothing if that file holds all runs already."""
        parts = list(self.path.glob(PARTS))
        if not self._unwritten and not parts:
            return
        write_runs(self.path / RUNS_FILE, self.runs, self._about)
        self._unwritten = {}
        for part in parts:
            part.unlink(missing_ok=True)

    def _open(self) -> None:
        about_file = self.path / ABOUT_FILE
        if about_file.exists():
            self.runs, found = read_folder(self.path)
            for name in (RUNS_FILE, PARTS, _STATES):
                self._remove_partials(name)
            if self._holds_results():
                check_same(found, self._about, self.path)
                # Equal to the description in the folder, which an earlier version may have written with fewer entries.
                self._about = {name: value for name, value in self._about.items() if name in found}
            else:
                self._replace(about_file)
            return
        self._remove_partials(ABOUT_FILE)
        others = [entry.name for entry in self.path.iterdir() if not entry.name.startswith(".")]
        if others:
            raise InputError(f"{self.path} holds {others[0]} and no search; name a new or empty folder")
        write_json(about_file, with_own_digest(self._about))

    def _holds_results(self) -> bool:
        """Whether an evaluation is stored; if none is, another search may take the folder."""
        return any(len(history) for history in self.runs.values()) or any(self.path.glob(_STATES))

    def _replace(self, about_file: Path) -> None:
        """Describe this search in place of one without an evaluation."""
        self.runs = {}
        for file in (*self.path.glob(PARTS), self.path / RUNS_FILE):
            file.unlink(missing_ok=True)
        write_json(about_file, with_own_digest(self._about))

    def _remove_partials(self, pattern: str) -> None:
        """Remove temporary files of a process that was killed while it wrote; the lock shows that it has ended."""
        for partial in self.path.glob(f".{pattern}.*.partial"):
            partial.unlink(missing_ok=True)

    def _flush(self) -> None:
        if self._unwritten:
            write_runs(self.path / f"part-{secrets.token_hex(4)}.arrow", self._unwritten, self._about)
        self._unwritten = {}
        self._written_s = time.monotonic()


def check_same(found: Mapping[str, Any], wanted: Mapping[str, Any], path: Path) -> None:
    """Refuse to mix runs of different searches.

    Args:
        found: description of the search in the folder.
        wanted: description of the search that shall continue it.
        path: the folder.

    Raises:
        InputError: a value differs; the message names it.
    """
    for name in {**wanted, **found}:
        if name == "table":  # a file may move; the digest tells tables apart
            continue
        if name == "class" and name not in found:  # written by an earlier version
            continue
        before, now = found.get(name), json.loads(json.dumps(wanted.get(name)))
        if before != now:
            raise InputError(
                f"{path} holds a search with {name} {_short(before)}, and {_short(now)} was given; give the same "
                "values to continue it, or name another folder"
            )


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 120 else f"{text[:120]}…"
