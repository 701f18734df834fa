from __future__ import annotations

import io
import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from nasbench_pytorch.campaign.ledger.connection import read_stored
from nasbench_pytorch.campaign.ledger.ledger import Ledger
from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.cli import main
from nasbench_pytorch.cli.campaign import COMMANDS
from nasbench_pytorch.cli.campaign.arguments import stored_options
from nasbench_pytorch.cli.campaign.live_view import LineView, LiveView
from nasbench_pytorch.cli.campaign.run import Options, _known_options
from nasbench_pytorch.space import named_cell
from nasbench_pytorch.space.enumerate import nasbench101_space
from nasbench_pytorch.table import NASBench
from tests.campaign.fakes import all_trials, begin
from tests.campaign.test_export import failed, trained

SPACE = ["--space", "vertices<=2", "--dataset", "digits", "--budgets", "1", "--repeats", "2", "--device", "cpu"]
NETWORK = ["--stem-out-channels", "4", "--num-stacks", "1", "--num-modules-per-stack", "1"]
SMALL = [*SPACE, *NETWORK, "--train-images", "64", "--evaluation-images", "32"]


def run(*arguments: object) -> int:
    return main(["campaign", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A campaign of 28 trials: 9 are done, 2 have failed."""
    monkeypatch.chdir(tmp_path)
    ledger = begin(tmp_path / "c")
    trials = all_trials(ledger)
    ledger.commit([trained(trial) for trial in trials[:9]] + [failed(trial) for trial in trials[9:11]], [], 3)
    ledger.close()
    return Path("c")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in COMMANDS)
    assert run() == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run(command, "--help")
    assert stop.value.code == 0
    assert f"nasbench campaign {command}" in capsys.readouterr().out


def test_cells_are_trained_and_become_a_table_that_is_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("run", *SMALL, "--out", "c", "--progress", "lines") == 0
    captured = capsys.readouterr()
    assert "c: 2 of 2 trials done" in captured.out
    assert "trials done" in captured.err
    assert run("export", "c", "--out", "t.arrow") == 0
    assert run("export", "c", "--out", "t.tfrecord") == 0
    command = re.search(r"check it with: nasbench (.*)", capsys.readouterr().out)
    assert command is not None
    assert main(["table", "verify", "t.arrow"]) == 0
    assert main(command[1].split()) == 0
    assert NASBench("t.tfrecord").valid_epochs == {1}
    # The same command again finds nothing to do; another budget is added when asked.
    assert run("run", "--out", "c") == 0
    assert run("run", *SMALL, "--budgets", "1", "2", "--out", "c") == 2
    assert "--extend adds them" in capsys.readouterr().err
    assert run("run", *SMALL, "--budgets", "1", "2", "--out", "c", "--extend") == 0
    assert read_status("c").count("finished") == 4


def test_more_threads_than_cores_are_advised_against(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    Options(workers=2).make_executor(threads=2)
    Options(workers=8).make_executor(threads=1)
    assert capsys.readouterr().err == ""
    Options(workers=3).make_executor(threads=2)
    assert "3 workers × 2 threads are more than this machine's 4 cores" in (err := capsys.readouterr().err)
    assert "--workers 2, or --threads 1" in err


def test_an_export_says_what_it_lacks(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", folder, "--out", "t.arrow") == 0
    captured = capsys.readouterr()
    assert "t.arrow: 11 rows" in captured.out
    assert (
        "2 trials (nan), rows without numbers; try again with: nasbench campaign retry c --reason nan" in captured.err
    )
    assert "17 trials are not done yet" in captured.err
    assert "cells lack some of their budgets or repeats" in captured.err
    assert run("export", folder, "--out", "t.tfrecord") == 0
    assert "2 trials (nan), left out" in capsys.readouterr().err


def test_status_names_what_failed_and_retry_gives_it_another_chance(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("status", folder) == 0
    text = capsys.readouterr().out
    assert "c: 9 of 28 trials done" in text
    assert "2 trials failed: nan; try again with: nasbench campaign retry c --reason nan" in text
    named = re.findall(r"^failed +(\w{8}) +\d+ epochs, repeat \d: (.*)$", text, re.MULTILINE)
    assert len(named) == 2
    assert {why for _, why in named} == {"nan: as told"}
    assert run("status", folder, "--last", 1) == 0
    assert "1 more; --last N names more of them" in capsys.readouterr().out
    assert "9 results from none, float32, 1 thread; torch 0" in text
    assert run("retry", folder, "--reason", "exception") == 0
    assert "0 failed trials are pending again" in capsys.readouterr().out
    assert run("retry", folder, "--reason", "nan") == 0
    assert "2 failed trials are pending again" in capsys.readouterr().out
    assert read_status(folder).count("failed") == 0


def test_the_live_view_has_the_numbers_beside_its_bar(folder: Path) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80, height=25, color_system=None)
    trials = all_trials(ledger := Ledger(folder))
    ledger.close()
    with LiveView(folder, 2, console) as view:
        view.update([], trials[:2])
        view.note("a note")
    text = console.file.getvalue()  # type: ignore[attr-defined]
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "\n").splitlines()]
    bar = next(line for line in lines if "━" in line)
    assert set(bar) <= set("━╸╺")
    assert any(
        re.fullmatch(r"9 of 28 trials done, 2 failed, 2 running, \d+ images/s, \d+ s left", line) for line in lines
    )
    assert any(line.startswith(f"running  {trials[0].hash[:8]}") for line in lines)
    assert "a note" in lines


def test_a_campaign_goes_on_when_nobody_reads_its_lines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as broken, monkeypatch.context() as patch:
        patch.setattr("sys.stderr", broken)
        view = LineView(folder, 1)
        view.note("nobody")
        view.update([], [])
        broken.flush()


def test_what_keeps_every_worker_from_working_leaves_no_campaign(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wrong, message in (("--batch-size", "batch_size 5000 is larger"), ("--train-images", "has 1,204 training")):
        assert run("run", *SMALL, "--out", "new", wrong, 5000, "--progress", "none") == 2
        assert message in capsys.readouterr().err
        assert not Path("new").exists()
    assert run("run", *SMALL, "--out", "new", "--progress", "none") == 0
    # One that is there stays, with the options from before.
    before = read_stored(folder, "options")
    assert run("run", "--out", folder, "--device", "cuda:7") == 2
    assert read_status(folder).count("finished") == 9
    assert read_stored(folder, "options") == before


def test_a_file_of_hashes_that_has_grown_is_added_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    hashes = nasbench101_space().hashes()
    first, second = (named_cell(name).spec.hash_spec() for name in ("smallest", "inception"))
    assert {first, second} < set(hashes)
    Path("cells.txt").write_text(first)
    plan = ["--hashes", "cells.txt", *SMALL[2:], "--repeats", "1", "--out", "c", "--progress", "none"]
    assert run("run", *plan) == 0
    Path("cells.txt").write_text(f"{first}\n{second}\n")
    assert run("run", *plan) == 2
    assert "lacks 1 of the 2 trials" in capsys.readouterr().err
    assert run("run", *plan, "--extend") == 0
    Path("cells.txt").unlink()
    assert run("run", "--out", "c") == 0
    assert read_status("c").count("finished") == 2


def test_trials_without_a_share_of_a_gpu_stay_off_the_gpus_of_a_cluster() -> None:
    assert Options(executor="ray").worker_device == "cpu"
    assert Options(ray_address="auto", gpus_per_trial=0.5).worker_device == "auto"
    assert Options(executor="ray", device="cuda:1").worker_device == "cuda:1"
    assert Options().worker_device == "auto"


def test_another_executor_has_no_use_for_the_address_of_the_last(folder: Path) -> None:
    ledger = Ledger(folder)
    ledger.write_meta("options", {"executor": None, "ray_address": "head:6379", "gpus_per_trial": 0.5, "workers": 2})
    ledger.close()
    stored = stored_options(folder)
    assert _known_options(stored, ["--executor", "processes"]) == Options(workers=2)
    assert _known_options(stored, []).ray_address == "head:6379"
    assert _known_options({"executor": "processes"}, ["--ray-address", "auto"]).executor is None


def test_environments_that_read_alike_are_one_line_of_the_status(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = Ledger(folder)
    trials = all_trials(ledger)
    results = [trained(trial) for trial in trials[:2]]
    others = ({"compiled": False}, {"torch": "1"})
    ledger.commit(
        [
            replace(result, environment={**result.environment, **other})
            for result, other in zip(results, others, strict=True)
        ],
        [],
        3,
    )
    ledger.close()
    assert run("status", folder) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("recipe")]
    assert [re.sub(".*: ", "", line) for line in lines] == [
        "10 results from none, float32, 1 thread; torch 0",
        "1 results from none, float32, 1 thread; torch 1",
    ]


def test_a_campaign_is_compared_with_a_table(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("export", folder, "--out", "t.arrow") == 0
    capsys.readouterr()
    assert run("compare", folder, "t.arrow", "--metrics", "test_accuracy", "--json", "n.json", "--plot", "p.png") == 0
    lines = json.loads(Path("n.json").read_text())
    assert {line["epochs"] for line in lines} == {1, 2}
    assert all(line["max_absolute_difference"] == 0 for line in lines if line["cells"])
    assert Path("p.png").stat().st_size > 1000
    text = capsys.readouterr().out
    assert "A: t.arrow   B: c" in text


def test_a_plan_says_what_it_would_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("plan", *SMALL, "--workers", 4, "--gflop-per-s", 0.001) == 0
    text = capsys.readouterr().out
    assert "trials      2: 1 cells, budgets 1, 2 repeats" in text
    work = re.search(r"work +(\d+) GFLOP, 128 training images", text)
    times = re.search(r"time +([\d.e-]+) worker-hours; ([\d.e-]+) hours with 4 workers", text)
    assert work is not None
    assert times is not None
    assert float(times[1]) == pytest.approx(4 * float(times[2]), rel=0.1)
    assert "ledger 1.8 kB" in text


def test_a_plan_measures_this_machine(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nasbench_pytorch.campaign.plan.measured_throughput._SECONDS_EACH", 0.05)
    assert run("plan", *SMALL) == 0
    text = capsys.readouterr().out
    measured = re.search(
        r"throughput  ([\d.]+) GFLOP/s for each worker, measured now on .*, 1 thread, batches of 32", text
    )
    assert measured is not None
    assert float(measured[1]) > 0
    assert "core-hours" in text


def test_a_plan_of_a_campaign_is_the_campaigns(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "ledger.sqlite").read_bytes()
    assert run("plan", "--out", folder, "--gflop-per-s", 1) == 0
    assert "trials      28: 7 cells, budgets 1, 2, 2 repeats" in capsys.readouterr().out
    assert (folder / "ledger.sqlite").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fly"], "unknown command 'fly'; there are: "),
        (["run", "--out", "new", "--dataset", "digits"], "the plan is empty: say which cells"),
        (["run", "--out", "new", "--space", "vertices<=1"], "the plan is empty: no cell meets"),
        (["run", "--out", "new", "--hashes", "nowhere.txt"], "nowhere.txt: No such file"),
        (["run", "--out", "new", "--hashes", "zeros.txt"], "00000000000000000000000000000000"),
        (["run", "--out", "new", "--space", "all", "--stem-out-channels", "1"], "use a wider stem"),
        (["run", "--out", "new", "--space", "all", "--epochs", "3"], "a campaign has --budgets"),
        (["run", "--out", "new", "--space", "vertices<=3", "--workers", "0"], "--workers must be at least 1"),
        (["run", "--out", "new", "--space", "vertices<=3", "--max-tries", "0"], "--max-tries must be at least 1"),
        (["run", "--out", "new", "--space", "vertices<=3", "--checkpoint-interval-s", "nan"], "must be a finite number"),
        (["run", "--out", "zeros.txt", "--space", "vertices<=3"], "zeros.txt: File exists"),
        (["run", "--out", "c", "--seed", "9"], "begun with other settings: seed 3 there, 9 here"),
        (["run", "--out", "c", "--repeats", "3"], "lacks 14 of the 42 trials of this plan"),
        (["run", "--out", "c", "--repeats", "1"], "only 14 of them"),
        (["run", "--out", "c", "--device", "cuda:7"], "unknown device 'cuda:7'"),
        (["run", "--out", "new", "--preset", "best"], "unknown preset 'best'"),
        (["plan"], "the plan is empty: say which cells"),
        (["plan", "--out", "new"], "there is no campaign"),
        (["plan", "--space", "all", "--gflop-per-s", "0"], "--gflop-per-s must be above 0"),
        (["plan", "--space", "all", "--workers", "0"], "--workers must be at least 1"),
        (["status", "new"], "there is no campaign"),
        (["retry", "new"], "there is no campaign"),
        (["export", "new", "--out", "t.arrow"], "there is no campaign"),
        (["export", "c", "--out", "t.csv"], "ends with .arrow, or .tfrecord"),
        (["export", "c", "--out", "nowhere/t.arrow"], "there is no folder nowhere; make it first"),
        (["export", "c", "--out", "folder.arrow"], "--out folder.arrow: a folder; name a file"),
        (["compare", "c", "nowhere.arrow"], "nowhere.arrow: No such file"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_line_and_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    Path("zeros.txt").write_text("0" * 32)
    Path("folder.arrow").mkdir()
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.startswith("nasbench campaign: ")
    assert error.count("\n") == 1
    assert not Path("new").exists()
    assert read_status(folder).trials == 28


def test_a_second_driver_is_refused_with_the_firsts_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = Ledger(folder)
    assert run("run", "--out", folder) == 2
    assert re.search(r"process \d+ on .* is working on this campaign", capsys.readouterr().err)
    assert run("status", folder) == 0
    ledger.close()
