"""The file beside an unfinished score file: a score is written as soon as it is known."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, get_type_hints

from nasbench_pytorch.checksum import split_own_digest, with_own_digest
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.process_lock import held_lock
from nasbench_pytorch.proxies.jobs import CellScore, checked_score
from nasbench_pytorch.shapes import checked, parse_json

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.settings import ScoringSettings


_SYNC_INTERVAL_S = 1.0


class Journal:
    """Scores of an unfinished scoring, one JSON line each behind a line with the settings.

    A kill can only tear the last line, which is dropped when the journal is opened again. Use it in a `with` block.

    Args:
        out: the score file; the journal is `OUT.journal` beside it.
        settings: settings of the scoring.

    Attributes:
        path: the journal.
        scores: what the journal held when it was opened, and what was appended.

    Raises:
        InputError: another process writes it, it has other settings, or it is damaged.
        OSError: it cannot be written.
    """

    def __init__(self, out: Path, settings: ScoringSettings) -> None:
        self.path = out.with_name(f"{out.name}.journal")
        self.scores: list[CellScore] = []
        self._settings = settings
        self._lock_file = out.with_name(f".{out.name}.lock")
        self._lock = contextlib.ExitStack()
        self._stream: IO[bytes] | None = None
        self._synced_s = 0.0

    def __enter__(self) -> Journal:
        refusal = f"{self.path}: another process is scoring into it; wait for it, or name another file"
        with contextlib.ExitStack() as stack:
            stack.enter_context(held_lock(self._lock_file, refusal))
            self._open()
            self._lock = stack.pop_all()  # kept until __exit__
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            if self._stream is not None:
                self._stream.close()
            if not self.scores:
                self.path.unlink(missing_ok=True)  # nothing was scored, so there is nothing to go on with

    def append(self, score: CellScore) -> None:
        """Write a score; a kill after this loses nothing of it, a power cut at most the last second's scores."""
        assert self._stream is not None
        self.scores.append(score)
        self._write(score._asdict())

    def remove(self) -> None:
        """Remove the journal, whose scores are in the score file now."""
        self.path.unlink(missing_ok=True)

    def _open(self) -> None:
        length = self._read() if self.path.exists() else 0
        self._stream = self.path.open("ab")
        self._stream.truncate(length)
        if not length:
            self._write(self._settings.columns())

    def _read(self) -> int:
        """Read the whole lines, and return their length in bytes."""
        whole = self.path.read_bytes().rpartition(b"\n")[0]
        if not whole:
            return 0
        try:
            first, *lines = [_content(line, f"line {number}") for number, line in enumerate(whole.split(b"\n"), 1)]
            self.scores = [_score(line, f"line {number}") for number, line in enumerate(lines, 2)]
        except InputError as error:
            raise InputError(f"{self.path} is damaged ({error}); remove it to score these cells again") from None
        check_settings(first, self._settings, self.path)
        return len(whole) + 1

    def _write(self, line: dict[str, Any]) -> None:
        assert self._stream is not None
        self._stream.write(json.dumps(with_own_digest(line)).encode() + b"\n")
        self._stream.flush()
        if time.monotonic() - self._synced_s > _SYNC_INTERVAL_S:
            os.fsync(self._stream.fileno())
            self._synced_s = time.monotonic()


def _content(text: bytes, name: str) -> dict[str, Any]:
    """Return the content of a line without its digest.

    Raises:
        InputError: the line differs from its digest.
    """
    line, fits = split_own_digest(checked(dict[str, Any], parse_json(text, name), name))
    if not fits:
        raise InputError(f"{name} differs from its SHA-256")
    return line


def _score(line: dict[str, Any], name: str) -> CellScore:
    kinds = get_type_hints(CellScore)
    return checked_score(CellScore(**{key: checked(kinds[key], line.get(key), f"{name}: {key}") for key in kinds}))


def check_settings(found: Mapping[str, Any], settings: ScoringSettings, path: Path) -> None:
    """Refuse to mix scores of different settings.

    Raises:
        InputError: a setting differs; the message names it.
    """
    for name, value in settings.columns().items():
        if found.get(name) != value:
            raise InputError(
                f"{path} holds scores with {name} {found.get(name)!r}, and {value!r} is asked for; "
                "use the same settings to go on, or name another file"
            )
