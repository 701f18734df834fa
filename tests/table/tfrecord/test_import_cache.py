from __future__ import annotations

import errno
import multiprocessing
import os
from pathlib import Path
from typing import Any

import filelock
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import NASBench
from nasbench_pytorch.table.tfrecord import import_cache
from nasbench_pytorch.table.tfrecord.import_cache import table_for
from nasbench_pytorch.table.tfrecord.importer import import_tfrecord
from tests.helpers.deadlines import DEADLINE_S
from tests.helpers.table_samples import invented_records, write_file


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NASBENCH_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    return write_file(tmp_path / "data" / "t.tfrecord", invented_records())


@pytest.fixture
def imports(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Record the path of each import."""
    done: list[Path] = []

    def counted(source: Path, table: Path, **options: Any) -> Any:
        done.append(table)
        return import_tfrecord(source, table, **options)

    monkeypatch.setattr(import_cache, "import_tfrecord", counted)
    return done


def test_a_file_is_imported_once_beside_itself(source: Path, imports: list[Path]) -> None:
    first = table_for(source)
    assert first == source.with_name("t.tfrecord.arrow")
    assert table_for(source) == first
    assert len(NASBench(source)) == 6
    assert imports == [first]
    assert sorted(path.name for path in source.parent.iterdir()) == [
        ".t.tfrecord.arrow.source.json", "t.tfrecord", "t.tfrecord.arrow",
    ]  # fmt: skip


def test_an_arrow_file_is_opened_as_it_is(source: Path) -> None:
    table = table_for(source)
    assert table_for(table) == table


def test_a_changed_file_is_imported_again(source: Path, imports: list[Path]) -> None:
    table_for(source)
    write_file(source, invented_records(seed=1))
    assert NASBench(source).table.values("test_accuracy", slice(0, 1))[0] == invented_records(seed=1)[0].values[14]
    assert len(imports) == 2


def test_a_change_that_keeps_size_and_time_is_seen(source: Path, imports: list[Path]) -> None:
    table_for(source)
    before = source.stat()
    source.unlink()
    write_file(source, [*invented_records()[1::-1], *invented_records()[2:]])
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert source.stat().st_size == before.st_size
    table_for(source)
    assert len(imports) == 2


def test_a_note_that_is_damaged_is_ignored(source: Path, imports: list[Path]) -> None:
    table = table_for(source)
    for text in ("[" * 100_000, "7", "[]", "{}", "\0"):
        import_cache._note_path(table).write_text(text)
        assert table_for(source) == table
    assert len(imports) == 1


def test_a_file_that_was_only_touched_is_not_imported_again(source: Path, imports: list[Path]) -> None:
    table_for(source)
    os.utime(source, (1, 1))
    table_for(source)
    import_cache._note_path(table_for(source)).write_text("no json")
    table_for(source)
    assert len(imports) == 1


def test_a_damaged_import_is_repeated(source: Path, imports: list[Path]) -> None:
    table = table_for(source)
    table.write_bytes(table.read_bytes()[:500])
    assert len(NASBench(source)) == 6
    assert len(imports) == 2


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES])
def test_the_users_cache_is_used_if_the_folder_is_not_writable(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refusing(origin: Path, table: Path, **options: Any) -> Any:
        if table.parent == source.parent:
            raise OSError(number, os.strerror(number), str(table))
        return import_tfrecord(origin, table, **options)

    monkeypatch.setattr(import_cache, "import_tfrecord", refusing)
    table = table_for(source)
    assert table.parent == tmp_path / "cache" / "tables"
    assert table_for(source) == table
    assert [path.name for path in source.parent.iterdir()] == ["t.tfrecord"]


def test_the_error_names_all_folders_if_none_is_writable(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(origin: Path, table: Path, **options: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(table))

    monkeypatch.setattr(import_cache, "import_tfrecord", full)
    with pytest.raises(
        InputError, match=r"no folder can take its import: .*data \(No space left.*cache.*NASBENCH_CACHE_DIR"
    ):
        table_for(source)
    assert [path.name for path in source.parent.iterdir()] == ["t.tfrecord"]


def _open_at_signal(path: Path, signal: Any, results: Any) -> None:
    signal.wait(DEADLINE_S)
    results.put((os.getpid(), len(NASBench(path))))


def test_several_processes_may_open_a_file_at_once(source: Path) -> None:
    context = multiprocessing.get_context("spawn")
    signal, results = context.Event(), context.Queue()
    workers = [context.Process(target=_open_at_signal, args=(source, signal, results)) for _ in range(3)]
    for worker in workers:
        worker.start()
    signal.set()
    answers = [results.get(timeout=DEADLINE_S) for _ in workers]
    for worker in workers:
        worker.join(DEADLINE_S)
    assert [cells for _, cells in answers] == [6, 6, 6]
    assert sorted(path.name for path in source.parent.iterdir() if not path.name.startswith(".")) == [
        "t.tfrecord", "t.tfrecord.arrow",
    ]  # fmt: skip


def test_a_process_that_waits_for_an_import_uses_it(
    source: Path, imports: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another process holds the lock and finishes its import before it releases the lock."""
    really = filelock.FileLock.acquire
    table = source.with_name("t.tfrecord.arrow")

    def held(self: filelock.FileLock, timeout: float | None = None, **options: Any) -> Any:
        if timeout == 0:
            raise filelock.Timeout(self.lock_file)
        import_cache._import(source, table)
        return really(self, timeout, **options)

    monkeypatch.setattr(filelock.FileLock, "acquire", held)
    assert table_for(source) == table
    assert imports == [table]
    assert "another process is importing it; waiting" in capsys.readouterr().err


def test_a_lock_left_by_a_dead_process_blocks_nobody(source: Path) -> None:
    source.with_name(".t.tfrecord.arrow.lock").write_text("left behind")
    assert len(NASBench(source)) == 6


@pytest.mark.parametrize(
    ("content", "message"), [(b"", "is empty"), (b"hello", "no TFRecord"), (b"ARROW1 but no", "no table")]
)
def test_a_file_that_is_no_table_is_refused(source: Path, content: bytes, message: str) -> None:
    source.write_bytes(content)
    with pytest.raises(InputError, match=message):
        NASBench(source)
    assert [path.name for path in source.parent.iterdir()] == ["t.tfrecord"]
