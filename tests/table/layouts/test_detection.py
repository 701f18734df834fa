from __future__ import annotations

import gzip
import pickle
import shutil
from pathlib import Path

import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table import TableFile, import_table
from nasbench_pytorch.table.layouts.detection import all_layouts, detect
from tests.helpers.layout_samples import EVERY_TRAINING, MEANS, gates, naslib, nni, npenas
from tests.helpers.table_samples import invented_records, table_of, write_file

RECORDS = invented_records()[:18]


@pytest.mark.parametrize("name", [*EVERY_TRAINING, *MEANS])
def test_a_layout_is_found_by_content_whatever_the_names(name: str, tmp_path: Path) -> None:
    files = {**EVERY_TRAINING, **MEANS}[name](tmp_path, RECORDS)
    renamed = [shutil.move(path, tmp_path / f"file{number}.txt") for number, path in enumerate(files)]
    found = detect(renamed)
    assert any(word in found.name for word in (name, name.split("-")[0]))
    assert len(found.candidates) == len(files)


def test_the_originals_format_is_found_and_imported(tmp_path: Path) -> None:
    path = write_file(tmp_path / "any.name", RECORDS)
    report = import_table(path, tmp_path / "t.arrow")
    assert report.layout == "the original's tfrecord"
    assert report.metadata.rows == report.findings.rows == 18
    assert report.metadata.absent_fields == ()
    damaged = bytearray(path.read_bytes())
    damaged[3] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(InputError, match="record 0 at byte 0"):
        import_table(path, tmp_path / "t.arrow")
    assert len(import_table(path, tmp_path / "t.arrow", salvage=True).damages) == 1


def test_compressed_files_are_read(tmp_path: Path) -> None:
    path = naslib(tmp_path, RECORDS)[0]
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    import_table(packed, tmp_path / "a.arrow")
    import_table(path, tmp_path / "b.arrow")
    assert TableFile(tmp_path / "a.arrow").hashes.tolist() == TableFile(tmp_path / "b.arrow").hashes.tolist()
    packed.write_bytes(gzip.compress(nni(tmp_path, RECORDS)[0].read_bytes()))
    with pytest.raises(InputError, match="decompress this file first"):
        import_table(packed, tmp_path / "c.arrow")
    packed.write_bytes(gzip.compress(path.read_bytes())[:-20])
    with pytest.raises(InputError, match=r"packed\.gz: damaged or cut short"):
        import_table(packed, tmp_path / "c.arrow")


@pytest.mark.parametrize(
    "content",
    [
        b"no table at all",
        b"cell,accuracy\n0101,0.9\n",
        b"(see the readme)\n",
        b"} not a pickle",
        b"{}",
        b"[]",
        b'{"a": 1}',
        b'[{"feature": 1}]',
        b'{"0": {"module_adjacency": []}}',
        b"\x89PNG",
        b"PK\x03\x04",
        b"SQLite format 3\0" + bytes(100),
        pickle.dumps({"a": 1}),
        pickle.dumps([]),
        pickle.dumps(None),
        pickle.dumps({"0" * 32: ({}, {})}),
    ],
)
def test_of_an_unknown_file_the_message_says_what_was_looked_for(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "unknown"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        import_table(path, tmp_path / "t.arrow")
    text = str(error.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    if "damaged" not in text:
        assert all(layout.name in text for layout in all_layouts())
        assert "the original's tfrecord" in text


def test_a_table_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    table = table_of(tmp_path, RECORDS)
    with pytest.raises(InputError, match="needs no import"):
        import_table(table.path, tmp_path / "t.arrow")
    (tmp_path / "empty").touch()
    with pytest.raises(InputError, match="the file is empty"):
        import_table(tmp_path / "empty", tmp_path / "t.arrow")
    with pytest.raises(FileNotFoundError):
        import_table(tmp_path / "none", tmp_path / "t.arrow")
    with pytest.raises(InputError, match="no file was named"):
        import_table([], tmp_path / "t.arrow")


def test_of_a_folder_with_several_tables_one_must_be_named(tmp_path: Path) -> None:
    first, second = naslib(tmp_path, RECORDS)[0], nni(tmp_path, RECORDS)[0]
    (tmp_path / "readme.md").write_text("notes")
    with pytest.raises(InputError, match=rf"{second.name} \(NNI's database\), {first.name} \(NASLib's pickle\)"):
        import_table(tmp_path, tmp_path / "t.arrow")
    with pytest.raises(InputError, match="several tables"):
        import_table([first, second], tmp_path / "t.arrow")
    second.unlink()
    assert import_table(tmp_path, tmp_path / "t.arrow").layout == "NASLib's pickle"
    with pytest.raises(InputError, match=r"no known layout.*looked for"):
        import_table([tmp_path / "readme.md"], tmp_path / "u.arrow")


def test_a_missing_half_of_a_pair_is_asked_for(tmp_path: Path) -> None:
    fixed, computed = npenas(tmp_path, RECORDS)
    with pytest.raises(InputError, match="are two files, one with fixed and one with computed statistics"):
        import_table(fixed, tmp_path / "t.arrow")
    shutil.copy(fixed, tmp_path / "copy.pkl")
    with pytest.raises(InputError, match=r"several tables|are two files"):
        import_table([fixed, tmp_path / "copy.pkl", computed], tmp_path / "t.arrow")


def test_one_of_two_lists_is_a_table_too(tmp_path: Path) -> None:
    first, second = gates(tmp_path, invented_records())
    both = import_table([second, first], tmp_path / "both.arrow")
    one = import_table(first, tmp_path / "one.arrow")
    assert (both.findings.cells, one.findings.cells) == (6, 5)


def test_only_a_tfrecord_is_salvaged(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="only a tfrecord can be salvaged"):
        import_table(naslib(tmp_path, RECORDS)[0], tmp_path / "t.arrow", salvage=True)
