"""The soak: a campaign of tiny trainings whose workers and driver are killed again and again.

    python -m tests.campaign --kills 100 --out docs/results    # what `make soak` does

After every kill nothing that was committed may be missing. At the end of each campaign every trial has exactly one
result, and it equals the result of an undisturbed campaign, except for times. Then the campaign is exported, and the
export is killed as well.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nasbench_pytorch.campaign.ledger.connection import LEDGER_NAME
from nasbench_pytorch.campaign.ledger.read_status import read_status
from tests.helpers.campaign_fakes import connected
from tests.helpers.campaign_kill_points import MOMENTS, STATES, ArmedFactory, Shot, Shots, arm

PLAN = ["--space", "vertices<=3 and edges<=2 and conv3x3<=0", "--dataset", "digits", "--budgets", "2", "--repeats", "4"]
PLAN += ["--stem-out-channels", "4", "--num-stacks", "1", "--num-modules-per-stack", "1", "--train-images", "256"]
PLAN += ["--evaluation-images", "32", "--device", "cpu", "--checkpoint-interval-s", "0.05", "--max-tries", "1000"]

EXECUTORS = {
    "serial": ["--executor", "serial"],
    "processes": ["--executor", "processes", "--workers", "2"],
    "ray": ["--executor", "ray", "--workers", "2", "--cpus-per-trial", "0.5"],
}
_PATIENCE_S = 300.0

# Drivers are forks of a process that has loaded their modules and used none: they start at once, whatever threads the
# caller has.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.helpers.campaign_soak_preload"])


def victim(arguments: list[str], shots_folder: str) -> None:
    """Run `nasbench` in this process, with the shots armed."""
    sys.stdout = sys.stderr = Path(shots_folder, "log.txt").open("a")  # noqa: SIM115 - as long as the process
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from nasbench_pytorch.campaign.driver import Driver
    from nasbench_pytorch.cli import main

    shots = Shots(Path(shots_folder))
    shots.i_am_the_driver()
    arm(shots)
    initialize = Driver.__init__

    def with_armed_workers(self: Driver, ledger: Any, executor: Any, factory: Any, **options: Any) -> None:
        initialize(self, ledger, executor, ArmedFactory(factory, shots_folder), **options)

    setattr(Driver, "__init__", with_armed_workers)  # noqa: B010 - an assignment would need a signature like the original
    code = main(arguments)
    sys.stdout.flush()
    os._exit(code or 0)


def results(folder: Path) -> dict[int, Any]:
    """Return trial → its result without times; check that no trial has two.

    It reads a copy of the ledger: the recovery of the ledger is left to the driver.
    """
    with tempfile.TemporaryDirectory() as copy:
        for path in folder.glob(f"{LEDGER_NAME}*"):
            shutil.copy(path, copy)
        with connected(Path(copy)) as connection:
            rows = connection.execute("SELECT trial, status, evaluations, curve, restarts FROM results").fetchall()
    found = {row[0]: (row[1], [[*e[:2], *e[3:]] for e in json.loads(row[2])], row[3], row[4]) for row in rows}
    assert len(found) == len(rows)
    return found


def counts(folder: Path) -> tuple[int, int]:
    """Return the numbers of trials, and of those that are not finished."""
    status = read_status(folder)
    return status.trials, status.trials - status.count("finished")


@dataclass
class Soak:
    """One soak of one executor.

    Attributes:
        executor: a key of `EXECUTORS`.
        scratch: folder for campaigns.
        undisturbed: see `undisturbed_results`.
        histogram: state, moment, victim → kills so far.
        campaigns: completed and compared.
    """

    executor: str
    scratch: Path
    undisturbed: dict[int, Any]
    histogram: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    campaigns: int = 0
    _driver: Any = None
    _committed: dict[int, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shots = Shots(self.scratch / "shots")

    @property
    def folder(self) -> Path:
        return self.scratch / f"campaign{self.campaigns}"

    def fire(self, shot: Shot) -> None:
        """Fire the shot, in this campaign or the next, and check what is left."""
        if shot.state == "exporting":
            if self.folder.exists() or not self.campaigns:
                self._finish_campaign()
            self._export(shot)
            return
        self.shots.load(shot)
        until_s = time.monotonic() + _PATIENCE_S
        while self.shots.is_armed(shot):
            assert time.monotonic() < until_s, f"no process passed {shot}"
            if self._driver is None:
                self._begin_driver()
            self._driver.join(0.005)
            if not self._driver.is_alive() and self.shots.is_armed(shot):
                self._finish_campaign()
        self.histogram[shot.state, shot.moment, shot.victim] += 1
        if shot.victim == "driver" or self.executor == "serial":
            self._driver.join(_PATIENCE_S)
            assert self._driver.exitcode == -9, f"{shot}: exit code {self._driver.exitcode}"
            self._driver = None
        self._check_that_nothing_is_lost()

    def finish(self) -> None:
        """Finish the last campaign."""
        if self.folder.exists():
            self._finish_campaign()

    def _begin_driver(self) -> None:
        arguments = ["campaign", "run", "--out", str(self.folder), "--progress", "none", *EXECUTORS[self.executor]]
        self._driver = self._begin([*arguments, *(PLAN if not (self.folder / LEDGER_NAME).exists() else [])])

    def _begin(self, arguments: list[str]) -> Any:
        process = _PROCESSES.Process(target=victim, args=(arguments, str(self.scratch / "shots")))
        process.start()
        return process

    def _check_that_nothing_is_lost(self) -> None:
        if not (self.folder / LEDGER_NAME).exists():
            return
        found = results(self.folder)
        assert self._committed.items() <= found.items()
        assert found.items() <= self.undisturbed.items()
        self._committed = found

    def _finish_campaign(self) -> None:
        """Finish the campaign, compare it, and go on to the next one."""
        if self._driver is None:
            self._begin_driver()
        self._driver.join(_PATIENCE_S)
        log = (self.scratch / "shots" / "log.txt").read_text()[-2000:]
        assert self._driver.exitcode == 0, f"exit code {self._driver.exitcode}: {log}"
        self._driver = None
        assert results(self.folder) == self.undisturbed
        assert counts(self.folder) == (len(self.undisturbed), 0)
        assert list((self.folder / "trials").iterdir()) == []
        self._committed = {}
        self.campaigns += 1

    def _export(self, shot: Shot) -> None:
        """Export the last campaign over an existing table, killed; then again."""
        from nasbench_pytorch.table.storage.table_file import TableFile

        tables = self.scratch / "tables"
        tables.mkdir(exist_ok=True)
        out = tables / "table.arrow"
        folder = self.scratch / f"campaign{self.campaigns - 1}"
        arguments = ["campaign", "export", str(folder), "--out", str(out)]
        for armed in (True, False) if out.exists() else (False, True, False):
            if armed:
                self.shots.load(shot)
            process = self._begin(arguments)
            process.join(_PATIENCE_S)
            assert process.exitcode == (-9 if armed else 0)
            assert TableFile(out).rows == len(self.undisturbed)
        assert not self.shots.is_armed(shot)
        self.histogram[shot.state, shot.moment, shot.victim] += 1


def undisturbed_results(scratch: Path) -> dict[int, Any]:
    """Return the results of an undisturbed serial campaign, run in another process."""
    soak = Soak("serial", scratch, {})
    soak._begin_driver()
    soak._driver.join(_PATIENCE_S)
    assert soak._driver.exitcode == 0, (scratch / "shots" / "log.txt").read_text()[-2000:]
    return results(soak.folder)


def shots_for(executor: str, kills: int) -> list[Shot]:
    """Return `kills` shots: every state equally often, its moments and victims in turn."""
    shots = []
    states = STATES if executor == "serial" else STATES[1:]
    for number in range(kills):
        state, turn = states[number % len(states)], number // len(states)
        moment = MOMENTS[state][turn % len(MOMENTS[state])]
        both = executor != "serial" and state not in ("planning", "committing", "exporting")
        victim_name = ("worker", "driver")[turn % 2] if both else "driver"
        skip = {"before start": turn % 3, "mid-step": turn * 3 % 7, "writing a checkpoint": turn % 4}.get(state, 0)
        shots.append(Shot(state, moment, victim_name, skip))
    # Planning comes first, and its last moment last: a campaign that has been planned is not planned again. Exports
    # come together at the end, since each ends a campaign.
    return sorted(
        shots, key=lambda shot: (shot.state == "exporting", shot.state != "planning", shot.moment == "renamed")
    )


def histogram_lines(histogram: Counter[tuple[str, str, str]]) -> list[str]:
    """Return the histogram as a table."""
    lines = [f"{'state':22}{'moment':40}{'victim':8}kills"]
    for (state, moment, victim_name), count in sorted(histogram.items(), key=lambda item: STATES.index(item[0][0])):
        lines.append(f"{state:22}{moment:40}{victim_name:8}{count:5}  {'#' * count}")
    return lines


def run_soak(executor: str, kills: int, scratch: Path, undisturbed: dict[int, Any]) -> Soak:
    """Kill a campaign that often.

    Raises:
        AssertionError: something was lost.
    """
    soak = Soak(executor, scratch, undisturbed)
    try:
        for shot in shots_for(executor, kills):
            soak.fire(shot)
        soak.finish()
    finally:
        if soak._driver is not None and soak._driver.is_alive():
            soak._driver.kill()
    return soak


def main() -> None:
    parser = argparse.ArgumentParser(description="Kill campaigns, and check that nothing is lost.")
    parser.add_argument("--kills", type=int, default=100, help="in all; half of them serial, a quarter each the others")
    parser.add_argument("--executors", nargs="+", choices=EXECUTORS, default=list(EXECUTORS))
    parser.add_argument("--out", type=Path, help="folder for soak.json and soak.md")
    arguments = parser.parse_args()
    quarter = arguments.kills // 4
    shares = {"serial": arguments.kills - 2 * quarter, "processes": quarter, "ray": quarter}
    report: dict[str, Any] = {"machine": f"{platform.machine()}, {os.cpu_count()} cores", "executors": {}}
    lines = []
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        undisturbed = undisturbed_results(Path(name) / "undisturbed")
        for executor in arguments.executors:
            began_s = time.monotonic()
            soak = run_soak(executor, shares[executor], Path(name) / executor, undisturbed)
            seconds = time.monotonic() - began_s
            kills = sum(soak.histogram.values())
            campaigns = "1 campaign" if soak.campaigns == 1 else f"{soak.campaigns} campaigns"
            lines += [f"{executor}: {kills} kills, {campaigns} of {len(undisturbed)} trials, {seconds:.0f} s"]
            lines += ["", *histogram_lines(soak.histogram), ""]
            print("\n".join(lines[-len(soak.histogram) - 4 :]), flush=True)
            table = [[*key, count] for key, count in soak.histogram.items()]
            report["executors"][executor] = {"kills": kills, "campaigns": soak.campaigns, "histogram": table}
    if arguments.out is not None:
        _write(arguments.out, report, lines, len(undisturbed))


def _write(out: Path, report: dict[str, Any], lines: list[str], trials: int) -> None:
    from nasbench_pytorch.files import write_json

    write_json(out / "soak.json", {**report, "trials_per_campaign": trials})
    kills = sum(item["kills"] for item in report["executors"].values())
    text = [
        f"# Soak: {kills} kills, nothing lost",
        "",
        "After every kill, every committed result was there. At the end of each campaign each trial had exactly one",
        "result, equal to that of an undisturbed campaign except for times. A killed export left the old table or the",
        "new one. Killed planning left no campaign or the whole campaign.",
        "",
        "`make soak` kills workers and drivers of campaigns of tiny trainings with SIGKILL, at points that cover every",
        "state of a campaign. This page is written by",
        "`tests/campaign/soak.py`; the points are in `tests/helpers/campaign_kill_points.py`, the numbers in",
        "[soak.json](soak.json).",
        "",
        "```text",
        *lines[:-1],
        "```",
        "",
    ]
    (out / "soak.md").write_text("\n".join(text))
