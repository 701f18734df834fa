"""Ctrl-C: a command ends at once and in one line, a program that calls the package keeps its own handler."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nasbench_pytorch.training import Interrupted
from tests.helpers.tiny_training import stop_after, train_tiny

_INTERRUPT_AT_TORCH = """
import importlib.abc, signal, sys

class Interrupting(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)
        return None

sys.meta_path.insert(0, Interrupting())
from nasbench_pytorch.cli import main
from tests.helpers.deadlines import DEADLINE_S
"""
"""Begins a program in which Ctrl-C comes while torch is imported."""


def _python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _INTERRUPT_AT_TORCH + code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE_S)


@pytest.mark.parametrize(
    "command",
    [
        "info",
        "train --dataset digits --out new --progress none",
        "evaluate x",
        "bench",
        "campaign plan --space edges<=1",
    ],
)
def test_ctrl_c_during_imports_ends_a_command_in_one_line(command: str) -> None:
    ended = _python("sys.exit(main())", *command.split())
    assert (ended.returncode, ended.stderr, ended.stdout) == (130, "nasbench: interrupted\n", "")


def test_a_program_that_calls_a_command_keeps_its_own_handler() -> None:
    code = """
seen = []
def own(number, frame):
    seen.append(number)
signal.signal(signal.SIGINT, own)
assert main(["info"]) == 0
assert seen == [signal.SIGINT], seen
assert signal.getsignal(signal.SIGINT) is own
"""
    ended = _python(code)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_program_without_a_handler_gets_the_exit_code() -> None:
    ended = _python('assert main(["info"]) == 130')
    assert (ended.returncode, ended.stderr) == (0, "nasbench info: interrupted\n")


def test_handlers_are_the_same_after_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    from nasbench_pytorch.cli import main

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    for line in ("cell inception", "info", "evaluate none", "trian"):
        main(line.split())
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before, line
    capsys.readouterr()


def test_an_endless_loop_that_survives_errors_stops_at_the_first_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_after(monkeypatch, 4, signal.SIGINT)
    begun: list[int] = []

    def search() -> None:
        while True:
            begun.append(len(begun))
            try:
                train_tiny(seed=len(begun), out=tmp_path / str(len(begun)))
            except Exception:
                continue

    with pytest.raises(KeyboardInterrupt) as stop:
        search()
    assert isinstance(stop.value, Interrupted)
    assert begun == [0]


def test_an_optuna_study_stops_at_the_first_ctrl_c(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    optuna = pytest.importorskip("optuna")
    stop_after(monkeypatch, 4, signal.SIGINT)
    begun: list[int] = []

    def objective(trial: Any) -> float:
        begun.append(trial.number)
        result = train_tiny(seed=trial.number, out=tmp_path / str(trial.number)).result
        return float(result.evaluations[-1].validation_accuracy or 0)

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize")
    with pytest.raises(KeyboardInterrupt):
        study.optimize(objective, n_trials=5, catch=(Exception,))
    assert begun == [0]
