"""Imports into the user's folder of tables."""

from __future__ import annotations

import dataclasses
import errno
import multiprocessing
import os
import time
from pathlib import Path
from typing import Any

import pytest

from nasbench_pytorch.checksum import file_sha256
from nasbench_pytorch.cli import main
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.enumerate import nasbench101_space
from nasbench_pytorch.table import NASBench, TableFile, import_tfrecord
from nasbench_pytorch.table.named import import_by_name as module
from nasbench_pytorch.table.named.import_by_name import import_by_name, published_name
from nasbench_pytorch.table.tfrecord.published import PUBLISHED, PublishedFile
from tests.helpers.deadlines import DEADLINE_S
from tests.helpers.table_samples import SPECS, invented_records, table_of, write_file
from tests.helpers.table_whole_space import write_whole_space


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_file(tmp_path / "results.tfrecord", invented_records())


def run(*arguments: object) -> int:
    return main(["table", *map(str, arguments)])


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".source.json"))


def test_an_import_without_a_destination_gets_the_name_of_its_file(
    source: Path, table_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", source) == 0
    assert "its name is results: nasbench table info results" in capsys.readouterr().out
    assert files_in(table_folder) == ["results.arrow"]
    assert run("info", "results") == 0
    assert run("import", source) == 0
    assert "has this file already" in capsys.readouterr().out
    assert len(NASBench("results")) == len(SPECS)


def test_the_published_files_get_their_names(
    source: Path, table_folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The digest decides, whatever the file is called; the import replaces a damaged table of the name."""
    for name in ("full", "only108"):
        records = invented_records(seed=len(name))
        published = write_file(tmp_path / f"{name}-copy.tfrecord", records)
        monkeypatch.setitem(PUBLISHED, name, PublishedFile("https://example.org/x", file_sha256(published)))
        table_folder.mkdir(parents=True, exist_ok=True)
        (table_folder / f"{name}.arrow").write_bytes(b"ARROW1 damaged")
        assert run("import", published) == 0
        assert len(NASBench(name)) == len(SPECS)
    assert run("import", source) == 0
    assert files_in(table_folder) == ["full.arrow", "only108.arrow", "results.arrow"]
    assert NASBench().table.path == table_folder / "full.arrow"


def test_a_table_of_all_cells_and_budgets_is_the_full_one(tmp_path: Path) -> None:
    space = nasbench101_space()
    write_whole_space(tmp_path / "108.arrow", space)
    assert published_name(TableFile(tmp_path / "108.arrow")) == "only108"
    write_whole_space(tmp_path / "all.arrow", space, budgets=(4, 12, 36, 108))
    whole = TableFile(tmp_path / "all.arrow")
    assert published_name(whole) == "full"
    for change in ({"absent_fields": ("total_time",)}, {"constants": {"total_time": 0.0}}):
        whole.metadata = dataclasses.replace(TableFile(whole.path).metadata, **change)
        assert published_name(whole) is None  # parts of it in other layouts, and a modelled table that was exported


@pytest.mark.parametrize("name", ["full", "mini", "semireal"])
def test_a_name_of_another_table_is_not_given_away(
    tmp_path: Path, table_folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_file(tmp_path / f"{name}.tfrecord", invented_records())
    assert run("import", source) == 2
    error = capsys.readouterr().err
    assert f"'{name}' is the name of another table" in error
    assert "choose a file with --out TABLE.arrow" in error
    assert files_in(table_folder) == []


def test_an_import_of_the_same_files_replaces_an_earlier_one(
    source: Path, table_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that make up one table have no digest of their own to recognise the table by, before they are read."""
    assert run("import", source, "--evaluation-images", 10) == 0
    before = (table_folder / "results.arrow").read_bytes()
    monkeypatch.setattr(module, "is_import_of", lambda table, source: False)
    assert run("import", source) == 0
    assert (table_folder / "results.arrow").read_bytes() != before
    assert NASBench("results").table.metadata.evaluation_images == 9984


@pytest.mark.parametrize(
    ("file", "name"),
    [("a.tfrecord", "a"), ("a.b.tfrecord", "a.b"), ("a.pkl.gz", "a"), ("A B.json", "A B"), ("none", "none")],
)
def test_the_name_is_the_files_without_endings(source: Path, tmp_path: Path, file: str, name: str) -> None:
    made = import_by_name(source.rename(tmp_path / file), lambda out: import_tfrecord(tmp_path / file, out))
    assert made.name == name
    assert NASBench(name).table.path == made.path


def test_another_table_of_the_same_name_is_kept(source: Path, tmp_path: Path, table_folder: Path) -> None:
    assert run("import", source) == 0
    before = (table_folder / "results.arrow").read_bytes()
    (tmp_path / "other").mkdir()
    assert run("import", write_file(tmp_path / "other" / "results.tfrecord", invented_records(seed=1))) == 2
    assert (table_folder / "results.arrow").read_bytes() == before
    assert files_in(table_folder) == ["results.arrow"]


def test_a_damaged_source_leaves_nothing(source: Path, table_folder: Path) -> None:
    data = bytearray(source.read_bytes())
    data[1000] ^= 1
    source.write_bytes(data)
    assert run("import", source) == 2
    assert files_in(table_folder) == []
    assert run("import", source, "--salvage") == 0
    assert files_in(table_folder) == ["results.arrow"]


def test_a_full_disk_is_named_and_leaves_nothing(source: Path, table_folder: Path) -> None:
    def full(out: Path) -> None:
        out.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(out))

    with pytest.raises(InputError, match=r"No space left.*NASBENCH_TABLE_DIR.*--out TABLE\.arrow"):
        import_by_name(source, full)
    assert files_in(table_folder) == []
    table_folder.rmdir()
    table_folder.write_text("a file")
    with pytest.raises(InputError, match=r"NASBENCH_TABLE_DIR.*--out TABLE\.arrow"):
        import_by_name(source, full)
    table_folder.unlink()
    with pytest.raises(PermissionError):
        import_by_name(source, lambda out: refuse(source))


def refuse(path: Path) -> None:
    """What the system says of a source that may not be read."""
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def test_what_a_killed_import_left_is_removed_later(source: Path, table_folder: Path) -> None:
    old, young = table_folder / f"{module._SCRATCH}old", table_folder / f"{module._SCRATCH}young"
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "table.arrow").write_bytes(b"half")
    two_hours_ago_s = time.time() - 7200
    os.utime(old, (two_hours_ago_s, two_hours_ago_s))
    assert run("import", source) == 0
    assert files_in(table_folder) == [young.name, "results.arrow"]


def _import_at_signal(source: Path, signal: Any, results: Any) -> None:
    signal.wait(DEADLINE_S)
    made = import_by_name(source, lambda out: import_tfrecord(source, out))
    results.put((made.name, made.is_new, TableFile(made.path).rows))


def test_imports_at_once_make_one_table(source: Path, table_folder: Path, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    signal, results = context.Event(), context.Queue()
    workers = [context.Process(target=_import_at_signal, args=(source, signal, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    signal.set()
    made = [results.get(timeout=DEADLINE_S) for _ in workers]
    for worker in workers:
        worker.join(DEADLINE_S)
    rows = table_of(tmp_path, invented_records(), "same").rows
    assert [(name, found) for name, _, found in made] == [("results", rows)] * 2
    assert any(is_new for _, is_new, _ in made)
    assert files_in(table_folder) == ["results.arrow"]
