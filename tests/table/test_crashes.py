"""An import or export that is stopped at any point leaves the old file or the new one, and no other file."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from nasbench_pytorch.table import TableFile, export_tfrecord, import_tfrecord
from nasbench_pytorch.table.export.flat_export import export_flat
from tests.helpers.deadlines import DEADLINE_S
from tests.helpers.table_samples import invented_records, table_of, write_file


class Stopped(BaseException):
    """An end of the program from outside, such as a signal."""


class Countdown:
    """A counter that lets a number of file operations pass and raises an error at the next."""

    def __init__(self, left: int, error: BaseException) -> None:
        self.left, self.error, self.passed = left, error, 0

    def tick(self) -> None:
        if self.passed == self.left:
            raise self.error
        self.passed += 1


class CountedStream:
    """A file whose writes count down; a refused write still writes its first half, as on a full disk."""

    def __init__(self, stream: IO[bytes], countdown: Countdown) -> None:
        self._stream, self._countdown = stream, countdown

    def write(self, data: Any) -> int:
        try:
            self._countdown.tick()
        except BaseException:
            view = memoryview(data).cast("B")
            self._stream.write(view[: len(view) // 2])
            raise
        return self._stream.write(data)

    def __enter__(self) -> CountedStream:
        return self

    def __exit__(self, *details: object) -> None:
        self._stream.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@pytest.fixture
def stop_after(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int, BaseException], Countdown]]:
    """Make the file operations of `atomic_write` fail after a number of them."""
    opened, synced, replaced = Path.open, os.fsync, os.replace

    def arm(left: int, error: BaseException) -> Countdown:
        countdown = Countdown(left, error)

        def counted(function: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **options: Any) -> Any:
                countdown.tick()
                return function(*arguments, **options)

            return call

        def counted_open(path: Path, mode: str = "r", **options: Any) -> Any:
            stream = opened(path, mode, **options)
            return CountedStream(stream, countdown) if mode == "xb" else stream

        monkeypatch.setattr(Path, "open", counted_open)
        monkeypatch.setattr("nasbench_pytorch.files.os.fsync", counted(synced))
        monkeypatch.setattr("nasbench_pytorch.files.os.replace", counted(replaced))
        return countdown

    yield arm
    monkeypatch.undo()


JOBS: dict[str, Callable[[Path, Path], Any]] = {
    "import": lambda folder, out: import_tfrecord(folder / "new.tfrecord", out),
    "export": lambda folder, out: export_tfrecord(TableFile(folder / "new.arrow"), out),
    "parquet": lambda folder, out: export_flat(TableFile(folder / "new.arrow"), out, "parquet"),
    "csv": lambda folder, out: export_flat(TableFile(folder / "new.arrow"), out, "csv"),
}


# Parquet has far more points than the others.
@pytest.mark.parametrize("job", ["import", "export", pytest.param("parquet", marks=pytest.mark.slow), "csv"])
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), Stopped()], ids=["disk full", "stopped"]
)
def test_every_point_of_failure_leaves_the_old_file_or_the_new(
    tmp_path: Path, stop_after: Callable[[int, BaseException], Countdown], job: str, error: BaseException
) -> None:
    table_of(tmp_path, invented_records(seed=1), "new")
    JOBS[job](tmp_path, tmp_path / "expected")
    new = (tmp_path / "expected").read_bytes()
    out = tmp_path / "out"
    out.mkdir()
    target = out / "target"
    points = 0
    while True:
        target.write_bytes(b"old")
        countdown = stop_after(points, error)
        try:
            JOBS[job](tmp_path, target)
        except type(error):
            assert target.read_bytes() in (b"old", new)
            assert list(out.iterdir()) == [target]
            points += 1
            continue
        break
    assert target.read_bytes() == new
    assert points == countdown.passed >= 3


KILLED = """
import os, pathlib, sys
from nasbench_pytorch import files
from nasbench_pytorch.table import import_tfrecord
point, source, out = sys.argv[1:]
owner, name = (files.os, "fsync") if point == "sync" else (pathlib.Path, "replace")
setattr(owner, name, lambda *arguments: os._exit(9))
import_tfrecord(source, out)
"""


@pytest.mark.parametrize("point", ["sync", "rename"])
def test_a_killed_import_leaves_the_old_file(tmp_path: Path, point: str) -> None:
    source = write_file(tmp_path / "s.tfrecord", invented_records())
    target = tmp_path / "t.arrow"
    target.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", KILLED, point, source, target], check=False, timeout=DEADLINE_S)
    assert done.returncode == 9
    assert target.read_bytes() == b"old"
    import_tfrecord(source, target)
    assert TableFile(target).rows == 36
