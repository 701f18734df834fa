"""The driver of a real campaign, killed without warning, again and again."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nasbench_pytorch.campaign.ledger.connection import LEDGER_NAME
from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.cli import main

PLAN = ["--space", "vertices<=3 and edges<=2 and conv3x3<=0", "--dataset", "digits", "--budgets", "3", "--repeats", "2"]
PLAN += ["--stem-out-channels", "4", "--num-stacks", "1", "--num-modules-per-stack", "1", "--train-images", "256"]
PLAN += ["--evaluation-images", "32", "--device", "cpu", "--checkpoint-interval-s", "0.2", "--progress", "none"]


def numbers(folder: Path) -> list[Any]:
    """Every result, without its times."""
    with sqlite3.connect(folder / LEDGER_NAME) as connection:
        rows = connection.execute(
            "SELECT trial, status, evaluations, curve, restarts FROM results ORDER BY 1"
        ).fetchall()
    return [(*row[:2], [[*item[:2], *item[3:]] for item in json.loads(row[2])], *row[3:]) for row in rows]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    folder = tmp_path_factory.mktemp("undisturbed")
    assert main(["campaign", "run", *PLAN, "--out", str(folder)]) == 0
    return numbers(folder)


@pytest.mark.parametrize(
    ("executor", "kills"),
    [
        ("serial", 1),
        pytest.param("serial", 3, marks=pytest.mark.slow),
        pytest.param("processes", 2, marks=pytest.mark.slow),
    ],
)
def test_killed_drivers_lose_nothing(tmp_path: Path, undisturbed: list[Any], executor: str, kills: int) -> None:
    command = [sys.executable, "-m", "nasbench_pytorch.cli", "campaign", "run", *PLAN, "--out", str(tmp_path)]
    command += ["--executor", executor]
    progress = []
    for _ in range(kills):
        driver = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        seen = _activity(tmp_path)
        until_s = time.monotonic() + 60
        # Somewhere in the middle: once something new is on the disk, a checkpoint or a result.
        while _activity(tmp_path) == seen and driver.poll() is None and time.monotonic() < until_s:
            time.sleep(0.01)
        driver.kill()
        driver.wait()
        progress.append(read_status(tmp_path).count("finished"))
    assert progress == sorted(progress)
    assert progress[-1] < len(undisturbed)
    assert main(["campaign", "run", "--out", str(tmp_path), "--progress", "none"]) == 0
    assert numbers(tmp_path) == undisturbed
    assert list((tmp_path / "trials").iterdir()) == []


def _activity(folder: Path) -> tuple[int, ...]:
    return tuple(sorted(path.stat().st_mtime_ns for path in folder.glob("trials/*/checkpoint.pt")))


@pytest.mark.parametrize("executor", [pytest.param("serial", marks=pytest.mark.slow), "processes"])
def test_ctrl_c_saves_what_runs_and_the_same_command_goes_on(
    tmp_path: Path, undisturbed: list[Any], executor: str
) -> None:
    command = [sys.executable, "-m", "nasbench_pytorch.cli", "campaign", "run", *PLAN, "--out", str(tmp_path)]
    driver = subprocess.Popen(
        [*command, "--executor", executor], stderr=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL
    )
    while not _activity(tmp_path) and driver.poll() is None:
        time.sleep(0.01)
    os.kill(driver.pid, signal.SIGINT)
    message = driver.communicate(timeout=60)[1]
    assert driver.returncode == 128 + signal.SIGINT, message
    assert "go on with: nasbench campaign run --out" in message
    assert sorted(path.name for path in tmp_path.glob("ledger*")) == [LEDGER_NAME]
    assert read_status(tmp_path).failed_attempts == {}
    assert main(["campaign", "run", *PLAN, "--out", str(tmp_path)]) == 0
    assert numbers(tmp_path) == undisturbed
