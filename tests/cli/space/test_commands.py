from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from nasbench_pytorch.cli import main
from nasbench_pytorch.space import CANONICAL_OPERATIONS, ModelSpec, SearchSpace, cell_by_hash, enumerate_cells

SMALL = ["--max-vertices", "4"]


@pytest.fixture(scope="module")
def small() -> SearchSpace:
    return enumerate_cells(max_vertices=4)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["space", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_the_whole_space_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "info")
    assert lines[0] == "423,624 cells"
    assert lines[3].split() == ["cells", "1", "6", "84", "2,441", "62,010", "359,082"]
    assert lines[-2].split()[1] == "227,274"
    assert lines[-2].split()[-1] == "49,979,274"


def test_a_filter_chooses_what_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "info", "--where", "vertices<=4 and edges<=6")[0] == "91 cells"
    assert run(capsys, "info", "--where", "vertices>7") == ["0 cells"]


def test_arrow_is_what_the_package_loads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], small: SearchSpace
) -> None:
    out = tmp_path / "cells.arrow"
    assert run(capsys, "enumerate", "--out", str(out), *SMALL) == [f"91 cells in {out}"]
    assert SearchSpace.load(out).checksum == small.checksum


def test_json_is_the_originals_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], small: SearchSpace) -> None:
    out = tmp_path / "generated_graphs.json"
    run(capsys, "enumerate", "--out", str(out), *SMALL)
    graphs = json.loads(out.read_text())
    assert list(graphs) == small.hashes()
    assert out.read_text() == json.dumps(graphs, sort_keys=True)
    for hash_hex, (matrix, labels) in graphs.items():
        ops = ["input", *(CANONICAL_OPERATIONS[label] for label in labels[1:-1]), "output"]
        assert (labels[0], labels[-1]) == (-1, -2)
        assert ModelSpec(matrix, ops) == small[small.index_of(hash_hex)]


def test_csv_and_parquet_hold_the_same_readable_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], small: SearchSpace
) -> None:
    from pyarrow import parquet

    run(capsys, "enumerate", "--out", str(tmp_path / "cells.csv"), *SMALL)
    run(capsys, "enumerate", "--out", str(tmp_path / "cells.parquet"), *SMALL)
    with (tmp_path / "cells.csv").open(newline="") as stream:
        from_csv = list(csv.DictReader(stream))
    from_parquet = parquet.read_table(tmp_path / "cells.parquet").to_pylist()
    assert from_csv == [{name: str(value) for name, value in row.items()} for row in from_parquet]
    for row, cell in enumerate(from_parquet):
        size = cell["vertices"]
        matrix = [[int(digit) for digit in cell["adjacency"][u * size : (u + 1) * size]] for u in range(size)]
        assert ModelSpec(matrix, cell["operations"].split(",")) == small[row]
        assert cell["hash"] == small.hash_at(row)


def test_an_empty_selection_is_written_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for suffix in ("arrow", "parquet", "csv", "json"):
        out = tmp_path / f"cells.{suffix}"
        assert run(capsys, "enumerate", "--out", str(out), *SMALL, "--where", "edges>8") == [f"0 cells in {out}"]
    assert json.loads((tmp_path / "cells.json").read_text()) == {}


def test_samples_are_repeatable_and_meet_the_filter(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["sample", "--count", "5", "--where", "vertices=6 and maxpool3x3=0"]
    first = run(capsys, *arguments, "--seed", "3")
    assert first == run(capsys, *arguments, "--seed", "3")
    assert first != run(capsys, *arguments, "--seed", "4")
    for line in first[1:]:
        cell = cell_by_hash(line.split()[0])
        assert cell.ops is not None
        assert len(cell.ops) == 6
        assert "maxpool3x3" not in cell.ops
    assert len(run(capsys, "sample", "--count", "3", "--method", "random-matrix")) == 4


def test_neighbours_are_listed_by_the_beginning_of_a_hash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "sheet.png"
    lines = run(capsys, "neighbours", "00005c142e6f", "--draw", str(picture))
    assert len(lines) == 17
    assert picture.read_bytes().startswith(b"\x89PNG")
    hashes = [line.split()[0] for line in lines[1:]]
    assert hashes == sorted(hashes)
    filtered = run(capsys, "neighbours", "00005c142e6f", "--where", "edges<=8")[1:]
    assert [line for line in lines[1:] if int(line.split()[2]) <= 8] == filtered


def test_a_hash_alone_finds_its_cell(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cell", "00005c142e6f48ac74fdcf73e3439874"]) == 0
    assert "00005c142e6f48ac74fdcf73e3439874" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["unheard-of"], "unknown command 'unheard-of'; there are: enumerate, info, sample, neighbours"),
        (["info", "--max-vertices", "1"], "max_vertices must be 2 to 10, got 1"),
        (["info", "--operations", "maxpool3x3", "maxpool3x3"], "given more than once: maxpool3x3"),
        (["info", "--where", "depth<3"], "cannot read the filter 'depth<3' at character 1: unknown field 'depth'"),
        (["info", "--max-vertices", "10", "--max-edges", "30"], "GiB are available"),
        (["enumerate", "--out", "cells.txt"], "must end with one of .arrow, .parquet, .csv, .json"),
        (["enumerate", "--out", "missing/cells.csv", *SMALL], "No such file or directory"),
        (["sample", "--count", "0"], "--count must be at least 1 and at most 1,000,000, got 0"),
        (["sample", "--seed", "-1"], "--seed must be at least 0, got -1"),
        (["sample", "--count", "100", *SMALL], "cannot draw 100 different cells from 91"),
        (["sample", "--draw", "sheet.gif", *SMALL], "must end with one of .png, .svg, .pdf"),
        (["neighbours", "f" * 32], "none of the 423,624 cells of this space has a hash that begins with"),
    ],
)
def test_an_impossible_request_is_reported_in_one_line(
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["space", *arguments]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert len(captured.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_help_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    lines = run(capsys, "--help")
    assert [line.split()[0] for line in lines if line.startswith("  ")] == ["enumerate", "info", "sample", "neighbours"]


def test_a_warning_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("NASBENCH_CACHE_DIR", str(tmp_path / "file"))
    assert main(["space", "info", "--max-vertices", "3"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines and all(line.startswith("nasbench space: warning: the ") for line in lines)
