"""Full and read-only disks: real ones, on systems that let a test mount."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nasbench_pytorch.campaign.ledger.connection import LEDGER_NAME
from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.cli import main
from tests.helpers.campaign_fakes import all_trials, begin, finished
from tests.helpers.deadlines import DEADLINE_S

PLAN = "--dataset digits --budgets 1 --repeats 2 --num-stacks 1 --num-modules-per-stack 1 --train-images 64 "
PLAN += "--evaluation-images 32 --device cpu --progress none --max-tries 2"
NASBENCH = f"{sys.executable} -m nasbench_pytorch.cli"
CAN_MOUNT = shutil.which("unshare") is not None and not subprocess.call(
    ["unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs /mnt"], stderr=subprocess.DEVNULL, timeout=DEADLINE_S
)
pytestmark = pytest.mark.skipif(not CAN_MOUNT, reason="this system does not let a test mount a disk (unshare -rm)")


def in_own_mounts(*commands: str) -> subprocess.CompletedProcess[str]:
    """Run shell commands, one after the other whatever their exit codes, with private mounts."""
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", "\n".join(commands)],
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )


def last_line(text: str) -> str:
    return text.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("size", "channels", "space", "trials"),
    [
        pytest.param("48k", 4, "vertices<=2", 2, id="planning"),
        pytest.param("160k", 64, "vertices<=3", 14, id="committing", marks=pytest.mark.slow),
        pytest.param("400k", 64, "vertices<=3", 14, id="checkpoints", marks=pytest.mark.slow),
    ],
)
def test_a_full_disk_is_one_line_and_the_same_command_goes_on(
    tmp_path: Path, size: str, channels: int, space: str, trials: int
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = f"{NASBENCH} campaign run --space '{space}' --stem-out-channels {channels} {PLAN} --out {disk}/c"
    done = in_own_mounts(
        f"mount -t tmpfs -o size={size} tmpfs {disk} || exit 77",
        f"{command} >{tmp_path}/first.txt 2>&1; echo $? >{tmp_path}/first.code",
        f"mount -o remount,size=64m {disk}",
        f"{command} >{tmp_path}/again.txt 2>&1; echo $? >{tmp_path}/again.code",
        f"{NASBENCH} campaign status {disk}/c",
    )
    first = (tmp_path / "first.txt").read_text()
    assert (tmp_path / "first.code").read_text().strip() == "2", first
    assert "run the same command again" in last_line(first)
    assert first.count("\n") == 1
    assert (tmp_path / "again.code").read_text().strip() == "0", (tmp_path / "again.txt").read_text()
    assert f"{trials} of {trials} trials done" in done.stdout
    assert "failed tries" not in done.stdout


def test_a_reader_without_write_access_sees_all_committed_results(tmp_path: Path) -> None:
    ledger = begin(tmp_path / "c")
    ledger.commit([finished(trial) for trial in all_trials(ledger)[:5]], [], 3)
    command = (
        f"mount --bind {tmp_path}/c {tmp_path}/c && mount -o remount,bind,ro {tmp_path}/c || exit 77",
        f"{NASBENCH} campaign status {tmp_path}/c",
    )
    assert "5 of 28 trials done" in in_own_mounts(*command).stdout
    for path in (tmp_path / "c").glob(f"{LEDGER_NAME}*"):  # as a kill leaves them
        shutil.copy(path, tmp_path / path.name)
    ledger.close()
    assert "5 of 28 trials done" in in_own_mounts(*command).stdout
    for path in tmp_path.glob(f"{LEDGER_NAME}*"):
        path.replace(tmp_path / "c" / path.name)
    assert (tmp_path / "c" / f"{LEDGER_NAME}-wal").stat().st_size > 0
    assert "5 of 28 trials done" in in_own_mounts(*command).stdout


def test_a_campaign_on_a_read_only_disk_is_refused(tmp_path: Path) -> None:
    begin(tmp_path / "c").close()
    done = in_own_mounts(
        f"mount --bind {tmp_path}/c {tmp_path}/c && mount -o remount,bind,ro {tmp_path}/c || exit 77",
        f"{NASBENCH} campaign run --out {tmp_path}/c",
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "Read-only file system" in done.stderr
    assert read_status(tmp_path / "c").trials == 28
    assert main(["campaign", "status", str(tmp_path / "c")]) == 0
