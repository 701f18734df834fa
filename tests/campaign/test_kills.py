"""The driver of a real campaign, killed or stopped at a point in the middle, again and again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nasbench_pytorch.campaign.ledger.connection import LEDGER_NAME
from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.cli import main
from tests.helpers import campaign_paused_driver
from tests.helpers.campaign_fakes import results
from tests.helpers.deadlines import DEADLINE_S

PLAN = ["--space", "vertices<=3 and edges<=2 and conv3x3<=0", "--dataset", "digits", "--budgets", "3", "--repeats", "2"]
PLAN += ["--stem-out-channels", "4", "--num-stacks", "1", "--num-modules-per-stack", "1", "--train-images", "96"]
PLAN += ["--evaluation-images", "32", "--device", "cpu", "--checkpoint-interval-s", "0.01", "--progress", "none"]

# A training has 9 steps. With the serial executor the pause comes within the second training, after a checkpoint;
# with processes the driver pauses, not its worker.
PAUSES = {"serial": ["step", "15"], "processes": ["commit", "1"]}


def numbers(folder: Path) -> list[Any]:
    """Return every result without its times."""
    return [(*row[:2], [[*item[:2], *item[3:]] for item in json.loads(row[2])], *row[3:]) for row in results(folder)]


def paused_driver(folder: Path, executor: str) -> subprocess.Popen[str]:
    """Start a driver, and return once it pauses."""
    command = [sys.executable, campaign_paused_driver.__file__, *PAUSES[executor], "campaign", "run", *PLAN]
    driver = subprocess.Popen(
        [*command, "--out", str(folder), "--executor", executor],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert driver.stdout is not None
    assert driver.stderr is not None
    assert driver.stdout.readline() == "paused\n", driver.stderr.read()
    return driver


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    folder = tmp_path_factory.mktemp("undisturbed")
    assert main(["campaign", "run", *PLAN, "--out", str(folder), "--executor", "serial"]) == 0
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
    progress = []
    for _ in range(kills):
        driver = paused_driver(tmp_path, executor)
        driver.kill()
        driver.communicate(timeout=DEADLINE_S)
        progress.append(read_status(tmp_path).count("finished"))
    assert progress == sorted(progress)
    assert progress[-1] < len(undisturbed)
    assert main(["campaign", "run", "--out", str(tmp_path), "--progress", "none"]) == 0
    assert numbers(tmp_path) == undisturbed
    assert list((tmp_path / "trials").iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["serial", "processes"])
def test_ctrl_c_saves_what_runs_and_the_same_command_goes_on(
    tmp_path: Path, undisturbed: list[Any], executor: str
) -> None:
    driver = paused_driver(tmp_path, executor)
    driver.send_signal(signal.SIGINT)
    message = driver.communicate("go on\n", timeout=DEADLINE_S)[1]
    assert driver.returncode == 128 + signal.SIGINT, message
    assert "go on with: nasbench campaign run --out" in message
    assert sorted(path.name for path in tmp_path.glob("ledger*")) == [LEDGER_NAME]
    status = read_status(tmp_path)
    assert status.failed_tries == {}
    assert status.count("finished") < len(undisturbed)
    assert main(["campaign", "run", *PLAN, "--out", str(tmp_path)]) == 0
    assert numbers(tmp_path) == undisturbed
