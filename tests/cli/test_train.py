from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from nasbench_pytorch.cli import main
from nasbench_pytorch.cli.shared.table_differences import differences_from_table
from nasbench_pytorch.records import RunResult
from nasbench_pytorch.space import Skeleton
from nasbench_pytorch.table.default_table import EMBEDDED_TABLE
from nasbench_pytorch.table.storage.schema import Metadata
from nasbench_pytorch.training import Recipe
from tests.helpers.deadlines import DEADLINE_S
from tests.helpers.tiny_training import stop_after, tiny_data

TINY = ["--dataset", "digits", "--cell", "resnet20", "--stem-out-channels", "2", "--num-stacks", "1"]
TINY += ["--num-modules-per-stack", "1", "--epochs", "1"]
QUICK = [*TINY, "--progress", "none", "--device", "cpu"]


def run(*arguments: str | Path) -> int:
    return main([str(argument) for argument in arguments])


@pytest.fixture
def few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train and evaluate on a few of the digits."""
    for module in ("training", "training.reevaluation"):
        monkeypatch.setattr(f"nasbench_pytorch.{module}.load_data", lambda *_: tiny_data())


@pytest.mark.usefixtures("few_digits")
def test_train_evaluate_and_refuse_to_overwrite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    assert run("train", *QUICK, "--out", out) == 0
    assert "written to" in capsys.readouterr().out
    recorded = json.loads((out / "results.json").read_text())
    assert recorded["recipe"]["epochs"] == 1
    assert recorded["skeleton"]["stem_out_channels"] == 2
    assert recorded["data"]["name"] == "digits"

    assert run("evaluate", out, "--device", "cpu") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[lines.index("recorded:") + 2] == lines[lines.index("now:") + 2]

    assert run("train", *QUICK, "--out", out) == 2
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert errors[0].startswith("nasbench train: ")
    assert "--overwrite" in errors[0]


@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize("before", [[], ["--dataset", "cifar10"], ["--preset", "augment", "--preset=digits"]])
def test_digits_start_from_their_own_preset(tmp_path: Path, before: list[str]) -> None:
    run("train", *before, *QUICK, "--out", tmp_path / "run", "--learning-rate", "0.01")
    recipe = json.loads((tmp_path / "run" / "results.json").read_text())["recipe"]
    assert recipe["batch_norm_decay"] == 0.9
    assert recipe["learning_rate"] == 0.01


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--cell", "inceptoin"], "unknown cell 'inceptoin'; give one of inception,"),
        (["--cell", "nothing.json"], "nothing.json: no such file"),
        (["--cell", "best", "--matrix", "01 00", "--ops", ""], "--cell and --matrix each name a cell"),
        (["--matrix", "01 00"], "give both"),
        (["--matrix", "011 001", "--ops", "conv3x3-bn-relu"], "ragged|square"),
        (["--matrix", "021 001 000", "--ops", "conv3x3-bn-relu"], "only 0 and 1, got 2 at row 0, column 1"),
        (["--matrix", "011 101 000", "--ops", "conv3x3-bn-relu"], "upper triangular, got an edge from vertex 1 to"),
        (["--matrix", "0a1 001 000", "--ops", "conv3x3-bn-relu"], "row '0a1' is not made of digits"),
        (["--matrix", "011 001 000", "--ops", "conv5x5"], "unknown operation 'conv5x5' at vertex 1; this space has:"),
        (["--matrix", "011 001 000", "--ops", "a,b,c,d"], "ops has 4 entries but matrix is 3×3"),
        (["--matrix", "000 001 000", "--ops", "conv3x3-bn-relu"], "cannot be reached"),
        (["--preset", "imagenet"], "unknown preset 'imagenet'; there are: nasbench101"),
        (["--batch-size", "5000"], "batch_size 5000 is larger than the 1204 training images"),
        (["--batch-size", "33", "--batch-norm-shards", "2"], "33 is not divisible by batch_norm_shards 2"),
        (["--threads", "0"], "threads must be at least 1, got 0"),
        (["--collective-timeout-s", "0"], "--collective-timeout-s must be above 0 and at most 1e\\+06, got 0"),
        (["--collective-timeout-s", "nan"], "got nan"),
        (
            ["--num-stacks", "6", "--batch-size", "2", "--batch-norm-shards", "2"],
            "a shard has 1 image .* one pixel after 6 stacks",
        ),
        (["--device", "tpu"], "unknown device 'tpu'; this machine has:"),
        (["--device", "cpu", "--precision", "tf32"], "tf32 needs a CUDA device"),
        (["--preset", "nasbench101"], "start from --preset digits"),
        (["--resume"], "no checkpoint"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    out = tmp_path / "run"
    cell = [] if {"--cell", "--matrix", "--resume"} & set(arguments) else ["inception"]
    assert run("train", *cell, "--dataset", "digits", "--progress", "none", *arguments, "--out", out) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert re.search(message, captured.err), captured.err
    assert not out.exists()


def test_too_many_inputs_for_the_channels_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--dataset", "digits", "--cell", "inception", "--stem-out-channels", "2"]
    assert run("train", *arguments, "--out", tmp_path / "run") == 2
    assert "the output has 2 channels but 4 vertices feed it; use a wider stem" in capsys.readouterr().err


def test_missing_data_is_reported_with_the_ways_to_provide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # refused at once: the test needs no network
    assert run("train", "inception", "--data-root", tmp_path / "none") == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    for way in ("--data-root", "by hand", "--dataset digits"):
        assert way in error
    assert list(tmp_path.glob("runs/*")) == []


@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_training_stopped_by_a_signal_can_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    command = ["train", *QUICK, "--epochs", "6", "--out", str(tmp_path / "run")]
    with monkeypatch.context() as patched:
        stop_after(patched, 2, number)
        assert run(*command) == 128 + number
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert "continue with the same command and --resume" in captured.err
    assert {file.name for file in (tmp_path / "run").iterdir()} == {"checkpoint.pt", "history.jsonl"}
    assert run(*command, "--resume") == 0
    assert json.loads((tmp_path / "run" / "results.json").read_text())["evaluations"][-1]["epochs"] == 6


@pytest.mark.slow
def test_a_process_that_trains_ends_on_sigterm(tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "nasbench_pytorch.cli", "train", *TINY, "--epochs", "400", "--progress", "lines"]
    command += ["--threads", "1", "--out", str(out)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    deadline = threading.Timer(DEADLINE_S, process.kill)
    deadline.start()
    for line in process.stderr:
        if line.startswith("evaluation at epoch 0"):
            break
    process.terminate()
    message = process.stderr.read()
    assert process.wait(timeout=DEADLINE_S) == 128 + 15
    deadline.cancel()
    assert "continue with the same command and --resume" in message
    assert (out / "checkpoint.pt").exists()
    assert not list(out.glob("*.partial"))


@pytest.mark.usefixtures("few_digits")
def test_a_table_of_other_trainings_says_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*QUICK, "--table", str(EMBEDDED_TABLE)]
    assert run("train", *arguments, "--out", tmp_path / "run") == 0
    text = capsys.readouterr().out
    line = next(line for line in text.splitlines() if line.startswith("the table's trainings differ from this one:"))
    assert "data set cifar10 in the table, digits here" in line
    assert re.search(r"skeleton\.\w+ \d+ in the table, \d+ here", line)
    assert re.search(r"recipe\.batch_size \d+ in the table, \d+ here", line)


def test_the_published_table_does_not_differ_from_its_own_recipe() -> None:
    skeleton, recipe, data = dict(vars(Skeleton())), Recipe().to_dict(), {"name": "cifar10"}
    result = RunResult({}, None, skeleton, recipe, data, 0, "complete", 1, [], 1, 1.0, 1.0)
    assert differences_from_table(Metadata(0, (), 0), result) == []
    other = replace(result, recipe=Recipe(learning_rate=0.1).to_dict(), data={"name": "digits"})
    assert differences_from_table(Metadata(0, (), 0), other) == [
        "data set cifar10 in the table, digits here",
        "recipe.learning_rate 0.2 in the table, 0.1 here",
    ]


def test_a_training_says_first_what_it_is_about_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("train", *TINY, "--device", "cpu", "--progress", "lines", "--threads", "1", "--out", tmp_path / "r") == 0
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines[:5]] == ["cell", "data", "recipe", "device", "folder"]
    assert re.fullmatch(r"cell +resnet20, [0-9a-f]{32}; \d+ parameters", lines[0])
    assert lines[2].endswith("1 epoch, 37 steps of 32 images, seed 0")
    assert re.fullmatch(r"device +cpu \(.*\), float32, 1 thread", lines[3])


@pytest.mark.usefixtures("few_digits")
def test_a_cell_needs_no_flag_and_a_result_can_be_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [word for word in QUICK if word != "--cell"]
    assert run("train", *words, "--out", tmp_path / "run", "--json") == 0
    printed = json.loads(capsys.readouterr().out)
    stored = json.loads((tmp_path / "run" / "results.json").read_text())
    assert printed == {name: value for name, value in stored.items() if not name.endswith("sha256")}
    assert run("evaluate", tmp_path / "run", "--device", "cpu", "--json") == 0
    assert json.loads(capsys.readouterr().out)["status"] == "complete"


@pytest.mark.usefixtures("few_digits")
def test_a_run_is_resumed_with_the_settings_of_its_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    settings = [*TINY, "--device", "cpu", "--progress", "none", "--seed", "5", "--learning-rate", "0.01"]
    stopped = []

    def stop(self: object, *_: object) -> None:
        stopped.append(self)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("nasbench_pytorch.training.output.run_folder.RunFolder.finish", stop)
        assert run("train", *settings, "--out", out) == 130
    assert stopped
    capsys.readouterr()
    assert run("train", "--resume", "--out", out, "--device", "cpu", "--progress", "none") == 0
    result = json.loads((out / "results.json").read_text())
    assert (result["seed"], result["recipe"]["learning_rate"], result["data"]["name"]) == (5, 0.01, "digits")
    assert result["skeleton"]["stem_out_channels"] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--device", "tpu"],
        [],  # no cell
        ["--cell", "inceptoin"],
        ["--stem-out-channels", "2"],
        ["--batch-size", "41000", "--batch-norm-shards", "1"],
        ["--threads", "0"],
        ["--precision", "tf32", "--device", "cpu"],
        ["--table", "nowhere.arrow"],
    ],
)
def test_everything_else_is_checked_before_a_download(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def download(*_: object, **__: object) -> None:
        raise AssertionError("the data were asked for")

    monkeypatch.chdir(tmp_path)
    # The package's name first: it is looked up once and kept, and must not find the other one's replacement.
    monkeypatch.setattr("nasbench_pytorch.training.load_data", download)
    monkeypatch.setattr("nasbench_pytorch.training.loop.data.load_data", download)
    assert run("train", *([] if "--cell" in arguments else arguments and ["inception"]), *arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
