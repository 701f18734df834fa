"""`nasbench proxy`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from nasbench_pytorch.cli import main
from nasbench_pytorch.proxies import PROXIES, read_scores
from nasbench_pytorch.space import NAMED_CELLS, NASBENCH101_SKELETON, cell_by_hash, enumerate_cells
from nasbench_pytorch.table.default_table import EMBEDDED_TABLE
from nasbench_pytorch.table.storage.table_file import TableFile

SMALL = ["--dataset", "digits", "--batch-size", "16", "--stem-out-channels", "8", "--num-stacks", "2",
         "--num-modules-per-stack", "1", "--num-labels", "10", "--workers", "1"]  # fmt: skip
HASHES = [NAMED_CELLS[name].spec.hash_spec() for name in ("smallest", "inception", "best")]


@pytest.fixture
def cells(tmp_path: Path) -> str:
    path = tmp_path / "cells.txt"
    path.write_text("# chosen by hand\n" + "\n".join(HASHES) + "\n\n")
    return str(path)


def test_score_writes_a_column_for_each_proxy(
    tmp_path: Path, cells: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = str(tmp_path / "scores.csv")
    without_images = [flag for flag in SMALL if flag not in ("--dataset", "digits")]  # CIFAR-10 is not there
    monkeypatch.setenv("NASBENCH_DATA_DIR", str(tmp_path / "none"))
    command = ["proxy", "score", "--hashes", cells, "--proxies", "zen", "synflow", "l2_norm", "--out", out]
    command += without_images
    assert main([*command, "--seed", "0"]) == 0
    assert "3 rows, 3 scored now" in capsys.readouterr().out
    with Path(out).open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["hash"] for row in rows] == HASHES
    assert list(rows[0])[:4] == ["hash", "zen", "synflow", "l2_norm"]
    assert (rows[0]["seed"], rows[0]["batch_size"], rows[0]["precision"]) == ("0", "16", "float32")
    assert main([*command, "--seed", "0", "1", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["scored"], report["found"], report["not_finite"]) == (3, 3, {})

    (tmp_path / "mine.py").write_text("def size(network, batch):\n    return len(batch)\n")
    monkeypatch.chdir(tmp_path)
    assert (
        main(
            [
                "proxy",
                "score",
                "--cells",
                out,
                "best",
                "--proxies",
                "mine:size",
                "grad_norm",
                "--out",
                "own.arrow",
                *SMALL,
            ]
        )
        == 0
    )
    assert "own.arrow: 3 rows" in capsys.readouterr().out


def test_list_shows_definitions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["proxy", "list"]) == 0
    assert "synflow" in capsys.readouterr().out
    assert main(["proxy", "list", "zen"]) == 0
    assert "arXiv 2102.01063" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--proxies", "synflo"], "unknown proxy 'synflo'; there are: params"),
        (["--proxies", "nothing:here"], "--proxies nothing:here: cannot be imported"),
        (["--proxies", "zico", "--batch-size", "1"], "zico needs a batch of at least 2 images, got 1"),
        (["--proxies", "params", "--seed", "-1"], "--seed and --sample-seed must be at least 0"),
        (["--proxies", "params", "--cells", "bad.txt"], "bad.txt line 2: 'abc' is no hash"),
        (["--proxies", "params", "--out", "scores.xls"], "scores.xls"),
        (["--proxies", "params", "--out", "none/scores.csv"], "no such folder"),
        (["--proxies", "params", "--ray-address", "a:1"], "--ray-address goes with --executor ray"),
        (["--proxies", "params", "--device", "tpu:0"], "unknown device 'tpu:0'"),
        (["--proxies", "params", "--device", "auto", "--executor", "ray"], "--device goes with --executor processes"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], flags: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.txt").write_text(f"{HASHES[0]}\nabc\n")
    command = ["proxy", "score", "--cells", "best", "--out", "s.csv", *SMALL, *flags]
    assert main(command) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bad.txt"]


def test_evaluate_shows_counts_beside_and_names_other_skeletons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, truth = str(tmp_path / "scores.csv"), tmp_path / "accuracies.csv"
    hashes = enumerate_cells(max_vertices=4, cache=False).hashes()[:20]
    (tmp_path / "cells.csv").write_text("\n".join(["number,hash", *(f"{i},{value}" for i, value in enumerate(hashes))]))
    score = ["proxy", "score", "--cells", str(tmp_path / "cells.csv"), "--proxies", "depth", "--out", out, *SMALL]
    assert main(score) == 0
    truth.write_text("\n".join(["hash,accuracy", *(f"{value},0.{i + 10}" for i, value in enumerate(hashes))]))
    capsys.readouterr()
    assert main(["proxy", "evaluate", out, "--accuracies", str(truth), "--samples", "all", "--json"]) == 0
    (sample,) = json.loads(capsys.readouterr().out)["samples"]
    assert sample["used"] == 20
    assert list(sample["statistics"]) == ["params", "flops", "conv3x3", "depth"]
    assert main(["proxy", "evaluate", out, "--accuracies", str(truth), "--samples", "all"]) == 0
    assert "depth" in capsys.readouterr().out
    assert main(["proxy", "evaluate", out, "--table", "mini"]) == 2
    error = capsys.readouterr().err
    assert "stem_out_channels=8" in error and "score with the table's skeleton" in error
    assert (
        main(
            [
                "proxy",
                "evaluate",
                out,
                "--table",
                "mini",
                "--other-skeleton",
                "--samples",
                "uniform",
                "--resamples",
                "20",
            ]
        )
        == 0
    )
    assert "of them with all values" in capsys.readouterr().out
    table = str(tmp_path / "with_scores.arrow")
    assert main(["proxy", "attach", out, "--table", "mini", "--out", table]) == 2
    assert "score with the table's skeleton" in capsys.readouterr().err
    assert main(["proxy", "attach", out, "--table", "mini", "--out", table, "--other-skeleton"]) == 0
    attached, plain = TableFile(table), TableFile(EMBEDDED_TABLE)
    depths = attached.extra_cell_column("proxy_depth").to_pylist()
    cell = plain.find(hashes[3])
    assert cell is not None and attached.hash_of(cell) == hashes[3]
    depth = PROXIES["depth"].of_cell
    assert depth is not None and depths[cell] == depth(cell_by_hash(hashes[3]), NASBENCH101_SKELETON)
    assert sum(value is not None for value in depths) == 20
    assert "batch_size=16" in attached.extra_cell_column("proxy_settings").to_pylist()[cell]
    assert (
        attached.metadata == plain.metadata
        and (attached.values("test_accuracy", slice(None)) == plain.values("test_accuracy", slice(None))).all()
    )
    assert main(["proxy", "attach", out, "--table", table, "--out", table, "--other-skeleton"]) == 2
    assert "has a column 'proxy_depth' already" in capsys.readouterr().err
    assert main(["proxy", "evaluate", str(truth)]) == 2
    assert "is no score file" in capsys.readouterr().err


@pytest.mark.slow
def test_ray_scores_as_processes_do(tmp_path: Path, cells: str) -> None:
    pytest.importorskip("ray")
    files = [tmp_path / "here.csv", tmp_path / "ray.csv"]
    command = ["proxy", "score", "--cells", cells, "--proxies", "synflow", *SMALL]
    assert main([*command, "--out", str(files[0])]) == 0
    assert main([*command, "--out", str(files[1]), "--executor", "ray"]) == 0
    here, there = (read_scores(file).scores for file in files)
    assert [(score.hash, score.values) for score in here] == [(score.hash, score.values) for score in there]
