"""Two processes with a shard each, compared with one process with both, and with the original's two shards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist

from nasbench_pytorch.errors import InputError, ToldElsewhereError
from nasbench_pytorch.training.runtime.distributed import LostProcessError
from nasbench_pytorch.training.runtime.join import device_of, join_world
from nasbench_pytorch.training.runtime.process_group import SINGLE_PROCESS, ProcessGroup
from tests.golden.errors import assert_within
from tests.golden.goldens import golden_cell
from tests.golden.runs import RUNS, record_run
from tests.helpers import distributed_acts as acts
from tests.helpers.tiny_training import losses, train_tiny
from tests.helpers.torchrun import LIMIT_S, run_together, training_commands

pytestmark = pytest.mark.skipif(not dist.is_available(), reason="this torch has no torch.distributed")
COMMAND = ["--dataset", "digits", "--cell", "resnet20", "--stem-out-channels", "2", "--num-stacks", "1"]
COMMAND += ["--num-modules-per-stack", "1", "--batch-norm-shards", "2", "--device", "cpu", "--progress", "lines"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("together")


@pytest.fixture(scope="module")
def ranks(folder: Path) -> list[dict[str, Any]]:
    """Return the outcomes of the acts for each of two processes."""
    return run_together(acts.ACTS, folder)


def assert_equal_states(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert list(one) == list(other)
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name


@pytest.mark.parametrize("name", acts.TWO_SHARD_CELLS)
def test_ten_steps_in_float64_are_those_of_one_process_and_of_the_original(
    ranks: list[dict[str, Any]], name: str
) -> None:
    step_losses, variables, errors = ranks[0]["golden_steps"][name]
    assert_within(errors)
    assert len(errors) > 20
    alone = record_run(golden_cell(name), RUNS["shard2"])
    assert step_losses == pytest.approx(alone.losses, rel=1e-9)
    for variable, array in alone.variables[10].items():
        assert variables[variable] == pytest.approx(array, rel=1e-9, abs=1e-12), variable
    assert ranks[1]["golden_steps"][name][0] == step_losses


def test_the_first_step_in_float32_is_that_of_one_process(ranks: list[dict[str, Any]], tmp_path: Path) -> None:
    loss, gradients = acts.first_float32_step(SINGLE_PROCESS, tmp_path)
    for rank in ranks:
        assert rank["first_float32_step"][0] == pytest.approx(loss, rel=1e-5)
        for ours, theirs in zip(rank["first_float32_step"][1], gradients, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5 * theirs.abs().max().item())


def test_a_run_gives_every_process_what_one_process_gives(ranks: list[dict[str, Any]], folder: Path) -> None:
    alone = train_tiny()
    assert alone.network is not None
    for rank in ranks:
        result, state = rank["whole_run"]
        assert_equal_states(state, alone.network.state_dict())
        assert [vars(e) | {"training_time_s": 0} for e in result.evaluations] == [
            vars(e) | {"training_time_s": 0} for e in alone.result.evaluations
        ]
        assert result.environment["processes"] == 2
    times = [[e.training_time_s for e in rank["whole_run"][0].evaluations] for rank in ranks]
    assert times[0] == times[1]


def test_only_the_first_process_writes(ranks: list[dict[str, Any]], folder: Path) -> None:
    assert (folder / "whole" / "results.json").exists()
    assert not (folder / "never").exists()


def test_a_nan_loss_restarts_every_process(ranks: list[dict[str, Any]]) -> None:
    assert [rank["restarts"] for rank in ranks] == [("failed", 2)] * 2


def test_a_signal_to_one_process_stops_all_after_the_same_step(ranks: list[dict[str, Any]]) -> None:
    expected = f"stopped after step {acts.STOP_STEP}", signal.SIGTERM
    assert [rank["stopped_run"] for rank in ranks] == [expected] * 2


def test_a_stopped_run_continues_bit_for_bit_in_two_processes_or_in_one(
    ranks: list[dict[str, Any]], folder: Path, tmp_path: Path
) -> None:
    whole = ranks[0]["whole_run"][1]
    for rank in ranks:
        assert_equal_states(rank["resumed_run"], whole)
    shutil.copy(folder / "copy.pt", tmp_path / "checkpoint.pt")
    alone = train_tiny(out=tmp_path, resume=True)
    assert alone.network is not None
    assert_equal_states(dict(alone.network.state_dict()), whole)
    histories = [losses(path) for path in (tmp_path, folder / "whole", folder / "parts")]
    assert histories[0] == histories[1] == histories[2]


@pytest.mark.parametrize(
    ("act", "message"),
    [
        ("shards", "2 processes cannot share 1 batch-norm shards evenly; start 1, or choose other"),
        ("folder", "holds a finished run"),
        ("rank 0", "no such file"),
        ("rank 1", "rank 1: no such file"),
    ],
)
def test_an_error_is_reported_once(ranks: list[dict[str, Any]], folder: Path, act: str, message: str) -> None:
    first, second = (rank["refusals"][act] for rank in ranks)
    assert type(first) is InputError
    assert message in str(first)
    assert isinstance(second, ToldElsewhereError)
    assert not (folder / "refused").exists()


def test_only_the_process_that_fails_in_the_middle_of_a_training_reports_the_error(ranks: list[dict[str, Any]]) -> None:
    assert isinstance(ranks[0]["full_disk"], OSError)
    assert isinstance(ranks[1]["full_disk"], ToldElsewhereError)


def test_a_process_that_does_not_answer_is_named_with_the_time_limit(ranks: list[dict[str, Any]]) -> None:
    error = ranks[0]["silence"]
    assert isinstance(error, LostProcessError)
    assert f"rank 1 of 2 did not answer within {acts.SILENCE_S:.0f} s (--collective-timeout-s)" in str(error)


def test_a_killed_process_is_named_and_ends_the_training(ranks: list[dict[str, Any]], folder: Path) -> None:
    error = ranks[0]["death"]
    assert isinstance(error, LostProcessError)
    assert str(error).startswith("rank 1 of 2 ended, or the connection to it broke; the training stops, --resume")
    assert "death" not in ranks[1]
    assert {file.name for file in (folder / "death").iterdir()} == {"checkpoint.pt", "history.jsonl"}


@pytest.mark.slow
def test_the_command_ends_with_one_line_when_another_process_is_killed(tmp_path: Path) -> None:
    arguments = [*COMMAND, "--epochs", "4000", "--out", str(tmp_path / "run"), "--collective-timeout-s", "60"]
    with training_commands(arguments) as (first, second):
        assert first.stderr is not None
        for line in first.stderr:
            if line.startswith("evaluation at epoch 0"):
                break
        second.kill()
        errors = [line for line in first.stderr.read().splitlines() if not line.startswith("step ")]
        assert first.wait(LIMIT_S) == 2
    assert len(errors) == 1
    assert errors[0].startswith("nasbench train: rank 1 of 2 ended, or the connection to it broke; the training stops")
    assert (tmp_path / "run" / "checkpoint.pt").exists()


class TwoProcesses(ProcessGroup):
    """A group that pretends to have two processes."""

    size = 2


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("cuda", "2 processes on this machine need a CUDA device each, it has 1; start at most 1"),
        ("cuda:0", "2 processes cannot share device 'cuda:0'; say cuda, for one each, or cpu"),
    ],
)
def test_more_processes_than_devices_are_refused(monkeypatch: pytest.MonkeyPatch, device: str, message: str) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert device_of(SINGLE_PROCESS, device) == torch.device(device)
    assert device_of(TwoProcesses(), "cpu") == torch.device("cpu")
    with pytest.raises(InputError, match=message):
        device_of(TwoProcesses(), device)


def test_every_process_gets_its_own_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert device_of(TwoProcesses(), "auto") == torch.device("cuda", 1)


def test_without_torchrun_there_is_one_process() -> None:
    with join_world() as world:
        assert world is SINGLE_PROCESS


def test_an_environment_that_is_not_torchruns_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match=r"WORLD_SIZE is 2, but .*RANK.*; start with torchrun"), join_world():
        pass


@pytest.mark.slow
def test_torchrun_trains_and_writes_what_one_process_writes(tmp_path: Path) -> None:
    train = ["-m", "nasbench_pytorch.cli", "train", *COMMAND, "--epochs", "1", "--threads", "1"]
    launch = ["-m", "torch.distributed.run", "--nproc-per-node", "2"]
    for name, start in (("one", []), ("two", launch)):
        command = [sys.executable, *start, *train, "--out", str(tmp_path / name)]
        subprocess.run(command, check=True, env=os.environ, timeout=LIMIT_S)
    weights = [(tmp_path / name / "weights.safetensors").read_bytes() for name in ("one", "two")]
    assert weights[0] == weights[1]
