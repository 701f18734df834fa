"""`nasbench campaign run`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nasbench_pytorch.campaign.ledger.connection import read_stored
from nasbench_pytorch.campaign.ledger.ledger import Ledger
from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.campaign.options import CampaignOptions
from nasbench_pytorch.cli import main
from nasbench_pytorch.cli.campaign.arguments import DecidingFlags, default_options
from nasbench_pytorch.cli.shared.flags import parse_known
from nasbench_pytorch.space import named_cell
from nasbench_pytorch.space.enumerate import nasbench101_space
from nasbench_pytorch.table import NASBench
from tests.helpers.campaign_commands import SMALL, run
from tests.helpers.campaign_fakes import Instant


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


def test_settings_that_no_worker_can_run_leave_no_campaign(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
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


def test_a_second_driver_is_refused_with_the_firsts_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Ledger.open(folder):
        assert run("run", "--out", folder) == 2
        assert re.search(r"process \d+ on .* is working on this campaign", capsys.readouterr().err)
        assert run("status", folder) == 0


def test_a_run_with_failed_trials_has_an_exit_code_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nasbench_pytorch.campaign.run.TrainingFactory", lambda *arguments: Instant())
    assert run("run", "--out", folder, "--progress", "none") == 3
    captured = capsys.readouterr()
    assert "26 of 28 trials done" in captured.out
    assert captured.err == "nasbench campaign run: 2 trials have failed; the status above names the reasons\n"
    assert run("retry", folder) == 0
    assert run("run", "--out", folder, "--progress", "none") == 0


def omitted_options(folder: Path, *arguments: str) -> CampaignOptions:
    return default_options(parse_known(DecidingFlags, arguments), folder)


def test_another_executor_does_not_keep_the_address_of_the_last_run(folder: Path) -> None:
    stored = {"executor": None, "ray_address": "head:6379", "gpus_per_trial": 0.5, "workers": 2, "later": 1}
    with Ledger.open(folder) as ledger:
        ledger.write_meta("options", stored)
    assert omitted_options(folder, "--executor", "processes") == CampaignOptions(workers=2)
    assert omitted_options(folder, "--executor", "ray", "--executor", "processes") == CampaignOptions(workers=2)
    assert omitted_options(folder, "--executor=processes", "--executor", "ray").ray_address == "head:6379"
    assert omitted_options(folder).ray_address == "head:6379"


@pytest.mark.parametrize("flag", [["--ray-address", "auto"], ["--ray_address", "auto"], ["--gpus_per_trial=0.5"]])
def test_a_flag_of_ray_does_not_keep_another_executor(folder: Path, flag: list[str]) -> None:
    with Ledger.open(folder) as ledger:
        ledger.write_meta("options", {"executor": "processes", "workers": 2})
    assert omitted_options(folder).executor == "processes"
    assert omitted_options(folder, *flag) == CampaignOptions(workers=2)


def test_the_last_of_two_flags_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("run", "--preset", "nasbench101", "--out", "first", *SMALL, "--out", "c", "--preset=digits") == 0
    assert not Path("first").exists()
    assert run("run", "--out", "nowhere", "--progress", "none", "--out", "c") == 0
    assert "c: 2 of 2 trials done" in capsys.readouterr().out
    assert not Path("nowhere").exists()
