from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from scipy.stats import kendalltau

from nasbench_pytorch.cli import main
from nasbench_pytorch.predictors import PREDICTORS, encode_rows, load_predictor, make_predictor, save_predictor
from nasbench_pytorch.space import cell_by_hash, enumerate_cells
from nasbench_pytorch.table import NASBench

BEST = "02e5a0247bbdcf2860b7e96f74961594"


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "p.safetensors"
    assert run("fit", "--table", "mini", "--train-cells", 60, "--out", path) == 0
    return path


def run(*arguments: object) -> int:
    return main(["predict", *map(str, arguments)])


def read_csv(name: str) -> list[dict[str, str]]:
    with Path(name).open() as file:
        return list(csv.DictReader(file))


def write_scores(name: str, skip: int = 0, value: str = "") -> None:
    """Scores of the table's cells: their test accuracies, and a word."""
    table = NASBench("mini")
    lines = [f"{h},{value or table.lookup([h], 'test_accuracy')[0]},x" for h in list(table)[skip:]]
    Path(name).write_text("\n".join(["hash,oracle,word", *lines]) + "\n")


@pytest.mark.parametrize(
    "model", ["gaussian_process", *(pytest.param(name, marks=pytest.mark.slow) for name in list(PREDICTORS)[1:])]
)
def test_evaluate_prints_kendall_last(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["evaluate", "--model", model, "--table", "mini", "--split", "tnasp", "--train-cells", 40, "--seed", 3]
    assert run(*arguments) == 0
    text = capsys.readouterr().out.splitlines()
    assert run(*arguments, "--json", "r.json") == 0
    result = json.loads(Path("r.json").read_text())
    assert text[-1] == f"Kendall     {result['kendall']:.4f}"
    assert text[1].endswith("seed 3: 40 cells to learn from, 51 to test")
    assert (result["train_cells"], result["test_cells"], result["epochs"]) == (40, 51, 12)


def test_what_evaluate_prints_is_kendall_of_a_prediction_made_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("evaluate", "--table", "mini", "--train-cells", 60, "--test-cells", "all", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    table = NASBench("mini")
    values = table.lookup(list(table), "test_accuracy")
    assert run("fit", "--table", "mini", "--train-cells", 60, "--out", "p.safetensors") == 0
    saved = load_predictor("p.safetensors")
    predicted = saved.predictor.predict(encode_rows(table.space, range(81, 91))).mean  # type: ignore[arg-type]
    assert result["kendall"] == pytest.approx(kendalltau(predicted, values[81:]).statistic)


def test_scores_become_features(capsys: pytest.CaptureFixture[str]) -> None:
    write_scores("s.csv", skip=1)
    assert run("evaluate", "--table", "mini", "--train-cells", 60, "--scores", "s.csv", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["columns"] == ["oracle"]
    assert result["cells_left_out"] == 1
    assert run("fit", "--table", "mini", "--train-cells", 60, "--scores", "s.csv", "--out", "p.safetensors") == 0
    assert run("apply", "p.safetensors", "inception") == 2
    assert "learnt the columns oracle too; give them with --scores" in capsys.readouterr().err
    Path("one.csv").write_text(f"hash,oracle\n{BEST},0.9\n")
    assert run("apply", "p.safetensors", BEST, "--scores", "one.csv") == 0
    assert run("apply", "p.safetensors", "inception", "--scores", "one.csv") == 2
    assert "'oracle' is NaN or infinite" in capsys.readouterr().err


def test_apply_predicts_chosen_cells(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("apply", saved, "--where", "vertices<=4", "--out", "p.csv", "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    rows = read_csv("p.csv")
    assert len(rows) == printed["predicted"] == 91
    assert [row["hash"] for row in rows] == sorted(row["hash"] for row in rows)
    best = max(rows, key=lambda row: float(row["mean"]))
    assert printed["cells"][0] == {"hash": best["hash"], "mean": float(best["mean"]), "spread": float(best["spread"])}
    Path("h.txt").write_text(f"{rows[5]['hash']}\n{rows[2]['hash'].upper()}\n")
    assert run("apply", saved, "--hashes", "h.txt", "--out", "two.csv") == 0
    two = {row["hash"]: float(row["mean"]) for row in read_csv("two.csv")}
    assert two == {rows[i]["hash"]: pytest.approx(float(rows[i]["mean"]), abs=1e-9) for i in (2, 5)}
    assert run("apply", saved, BEST) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(BEST)


def test_the_written_predictor_says_what_it_is(saved: Path) -> None:
    about = load_predictor(saved).about
    assert (about["model"], about["table"], about["split"]) == ("gaussian_process", "mini", "gates")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evaluate", "--model", "boosted"], "unknown predictor 'boosted'; there are: gaussian_process"),
        (["evaluate", "--split", "gate"], "unknown split 'gate'; there are: gates, tnasp; did you mean gates"),
        (["evaluate", "--train-cells", 1], "at least 2 cells, got 1"),
        (["evaluate"], "--train-cells must be 1 to 81 (the first 90 % of 91 rows), got 424"),
        (["evaluate", "--train-cells", 60, "--test-cells", 11], "--test-cells must be 1 to 10"),
        (["evaluate", "--train-cells", 60, "--test-cells", "many"], "--test-cells must be a whole number or all"),
        (["evaluate", "--train-cells", 60, "--metric", "accuracy"], "accuracy"),
        (["evaluate", "--train-cells", 60, "--epochs", 108], "must be one of [4, 12]"),
        (["evaluate", "--train-cells", 60, "--seed", -1], "seed must be at least 0"),
        (["evaluate", "--proxies", "zen"], "give --scores too"),
        (["evaluate", "--scores", "missing.csv"], "missing.csv"),
        (["evaluate", "--scores", "scores.txt"], "must end with one of .csv"),
        (["evaluate", "--scores", "other.csv"], "none of its 1 cells is among the 91"),
        (["evaluate", "--scores", "twice.csv"], "has more than one row"),
        (["evaluate", "--scores", "words.csv"], "no columns of numbers"),
        (["evaluate", "--scores", "words.csv", "--proxies", "zen"], "no column of numbers 'zen'"),
        (["evaluate", "--scores", "nameless.csv"], "no column 'hash'"),
        (["evaluate", "--scores", "broken.parquet"], "not a .parquet file"),
        (["fit", "--train-cells", 60, "--out", "p.pkl"], "must end with one of .safetensors"),
        (["fit", "--train-cells", 60, "--out", "no/p.safetensors"], "no such folder for --out"),
    ],
)
def test_unusable_flags_are_one_line(arguments: list[object], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    a_hash = next(iter(NASBench("mini")))
    for name, text in {
        "other.csv": f"hash,zen\n{BEST},1\n",
        "twice.csv": f"hash,zen\n{a_hash},1\n{a_hash},2\n",
        "words.csv": f"hash,word\n{a_hash},x\n",
        "nameless.csv": "cell,zen\na,1\n",
        "broken.parquet": "PAR1",
        "scores.txt": "",
    }.items():
        Path(name).write_text(text)
    assert run(*arguments, "--table", "mini") == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert message in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--where", "vertices<2"], "no cell meets the condition"),
        (["inception", "--where", "vertices<5"], "give one of them"),
        (["--hashes", "empty.txt"], "no hashes; write one on each line"),
        (["--hashes", "wrong.txt"], "abc"),
        (["--hashes", "missing.txt"], "missing.txt"),
        (["--count", 0], "--count must be at least 1"),
        (["--out", "p.xlsx"], "must end with one of .csv"),
        (["--scores", "s.csv"], "has learnt no columns"),
    ],
)
def test_unusable_choices_of_cells_are_one_line(
    saved: Path, arguments: list[object], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty.txt").write_text("\n")
    Path("wrong.txt").write_text("abc\n")
    assert run("apply", saved, *arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert message in error


def test_a_file_that_is_no_predictor_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("p.safetensors").write_bytes(b"\x80\x04K\x01.")
    assert run("apply", "p.safetensors", "inception") == 2
    assert "not a saved predictor" in capsys.readouterr().err


def test_a_predictor_of_another_space_predicts_that_space(capsys: pytest.CaptureFixture[str]) -> None:
    space = enumerate_cells(4, 6, cache=False)
    predictor = make_predictor("gaussian_process")
    cells, values = encode_rows(space, range(40)), space.columns.edges[:40] / 10  # type: ignore[arg-type]
    save_predictor("small.safetensors", predictor, cells, values)
    assert run("apply", "small.safetensors", "--count", 1, "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["predicted"] == len(space)
    assert cell_by_hash(printed["cells"][0]["hash"]).pruned().matrix.sum() >= 5
