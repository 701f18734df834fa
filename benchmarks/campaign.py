"""Claim: a campaign adds next to nothing to its trainings: driver and ledger handle over 1,000 trials a second.

The executors run trainings that return at once, and the ledger keeps every result. The whole of NAS-Bench-101 (423,624
cells × 4 budgets × 3 repeats) is planned and opened, and its status read. A million results are exported. Real small
trainings on scikit-learn's digits show the share of time in training. Every part runs in its own process. Results of
one machine, with its load, are in `results/campaign.json`.

    python benchmarks/campaign.py [FOLDER [PART]]

FOLDER takes 2 GB while it runs and is emptied at the end; PART is one of plan, open, serial, ray, export, training.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parts import memory_mb, parts_of, run_part, run_script, timed, write_results
from typing_extensions import override

from nasbench_pytorch.campaign.driver import CHECKPOINTS, Driver, Watcher
from nasbench_pytorch.campaign.export.export import export_campaign
from nasbench_pytorch.campaign.ledger.ledger import Ledger
from nasbench_pytorch.campaign.ledger.pending import BEGINNING
from nasbench_pytorch.campaign.ledger.read_status import read_status
from nasbench_pytorch.campaign.outcomes import Finished, Outcome
from nasbench_pytorch.campaign.plan.plan import Plan, open_campaign
from nasbench_pytorch.campaign.plan.selection import Selection
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.campaign.worker import RunTrial, TrainingFactory
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.records import Evaluation
from nasbench_pytorch.space import Skeleton
from nasbench_pytorch.training import PRESETS

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.executors.base import Executor
    from nasbench_pytorch.campaign.trials import Trial

RESULTS = Path(__file__).parent / "results" / "campaign.json"
SETTINGS = Settings(PRESETS["digits"], Skeleton(stem_out_channels=16, num_modules_per_stack=1), "digits")
WHOLE = Plan(Selection(space="all"), SETTINGS)
THOUSANDS = Plan(Selection(space="vertices<=5"), SETTINGS)
MILLION = Plan(Selection(space="vertices<=7", sample=83_334), SETTINGS)
REAL = Plan(Selection(space="vertices<=4", sample=12, budgets=(2,), repeats=2), SETTINGS)
ENVIRONMENT = {"device": "cpu", "device_name": "none", "threads": 1, "precision": "float32", "torch": "none"}

ROWS: tuple[tuple[str, str, str], ...] = (
    ("plan of 5,083,488 trials, s", "plan_s", "< 60"),
    ("  peak memory, MB", "plan_peak_mb", ""),
    ("  its ledger, MB", "plan_mb", ""),
    ("opening it, s", "open_s", "< 2"),
    ("its status, s", "status_s", "< 2"),
    ("trials/s, serial executor", "serial_per_s", "≥ 1,000"),
    ("trials/s, local Ray", "ray_per_s", "≥ 500"),
    ("ledger bytes for each result", "bytes_per_result", ""),
    ("export of 1,000,008 rows to .arrow, s", "export_s", "< 30"),
    ("  to .tfrecord, s", "export_tfrecord_s", ""),
    ("  peak memory, MB", "export_peak_mb", ""),
    ("  the table, MB", "export_mb", ""),
    ("real trainings: share of time in them, %", "training_percent", "≥ 95"),
    ("  mean length of one, s", "training_s", ""),
)


def finished(trial: Trial) -> Finished:
    """Return a result that a training of this trial could give, as long as a real one."""
    number = trial.seed % 295
    evaluations = tuple(
        Evaluation(
            share * trial.epochs, 37 * trial.epochs, share * (20 + number / 7), number / 300, number / 297,
            number / 296, number / 131, number / 137, number / 139,
        )
        for share in (0.0, 0.5, 1.0)
    )  # fmt: skip
    curve = tuple(number / (7 + epoch) for epoch in range(trial.epochs))
    return Finished(
        trial.number, "complete", evaluations, curve, 0, 20 + number / 7, 21 + number / 7, ENVIRONMENT, "none", 20.0
    )


class Instant:
    """Makes workers that return at once."""

    def __call__(self) -> RunTrial:
        return finished


def drive(folder: Path, plan: Plan, executor: Executor) -> float:
    """Return trials a second from the first result to the last, without the start of the workers."""
    ledger = open_campaign(folder, plan)
    clock = _Clock()
    report = Driver(ledger, executor, Instant(), watcher=clock).run()
    ledger.close()
    assert report.finished == len(plan.trials())
    return (clock.trials - clock.first) / (clock.last_s - clock.first_s)


class _Clock(Watcher):
    trials = first = 0
    first_s = last_s = 0.0

    @override
    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        self.trials += len(outcomes)
        self.last_s = time.perf_counter()
        if not self.first:
            self.first, self.first_s = self.trials, self.last_s


def part_plan(folder: Path) -> dict[str, float]:
    from nasbench_pytorch.space.enumerate import nasbench101_space

    nasbench101_space()  # made once, then read from the cache
    ledgers: list[Ledger] = []
    seconds = timed(lambda: ledgers.append(open_campaign(folder / "whole", WHOLE)))
    ledgers[0].close()
    size_mb = (folder / "whole" / "ledger.sqlite").stat().st_size / 1e6
    return {"plan_s": seconds, "plan_peak_mb": memory_mb()["peak"], "plan_mb": size_mb}


def part_open(folder: Path) -> dict[str, float]:
    ledgers: list[Ledger] = []
    open_s = timed(lambda: ledgers.append(Ledger.open(folder / "whole")))
    ledgers[0].pending(BEGINNING, 1000)
    ledgers[0].close()
    return {"open_s": open_s, "status_s": timed(lambda: read_status(folder / "whole"))}


def part_serial(folder: Path) -> dict[str, float]:
    from nasbench_pytorch.campaign.executors.serial import SerialExecutor

    rate = drive(folder / "serial", THOUSANDS, SerialExecutor())
    size = (folder / "serial" / "ledger.sqlite").stat().st_size
    return {"serial_per_s": rate, "bytes_per_result": size / len(THOUSANDS.trials())}


def part_ray(folder: Path) -> dict[str, float]:
    """Measure Ray; without Ray, return nothing."""
    from nasbench_pytorch.campaign.executors.ray import RayExecutor

    try:
        executor = RayExecutor()
    except InputError as error:
        print(error, file=sys.stderr)
        return {}
    return {"ray_per_s": drive(folder / "ray", replace(THOUSANDS, selection=Selection("vertices<=4")), executor)}


def part_results(folder: Path) -> dict[str, float]:
    """Write a million results, for the export."""
    ledger = open_campaign(folder / "million", MILLION)
    for trials in _pages(ledger):
        ledger.commit([finished(trial) for trial in trials], [], 1)
    ledger.close()
    return {}


def part_export(folder: Path) -> dict[str, float]:
    table, record = folder / "t.arrow", folder / "t.tfrecord"
    seconds = timed(lambda: export_campaign(folder / "million", table))
    peak = memory_mb()["peak"]
    again = timed(lambda: export_campaign(folder / "million", record))
    size_mb = table.stat().st_size / 1e6
    return {"export_s": seconds, "export_tfrecord_s": again, "export_peak_mb": peak, "export_mb": size_mb}


def part_training(folder: Path) -> dict[str, float]:
    """Measure from the first trial to the last result on the disk, without the start of torch and the images."""
    import torch

    from nasbench_pytorch.campaign.executors.serial import SerialExecutor

    torch.set_num_threads(1)
    ledger = open_campaign(folder / "real", REAL)
    work = TrainingFactory(SETTINGS, str(ledger.folder / CHECKPOINTS), device="cpu")()
    clock = _CoreClock(work)
    driver = Driver(ledger, SerialExecutor(), lambda: clock.run)
    before_s = time.process_time()
    report = driver.run()
    whole_s = time.process_time() - before_s
    ledger.close()
    return {"training_percent": 100 * clock.training_s / whole_s, "training_s": whole_s / report.finished}


class _CoreClock:
    """Clock of core seconds in the trainings themselves."""

    def __init__(self, work: RunTrial) -> None:
        import nasbench_pytorch.training.run as training

        self.run, self.training_s = work, 0.0
        whole = training.run_training

        def measured(*arguments: Any, **options: Any) -> Any:
            before_s = time.process_time()
            try:
                return whole(*arguments, **options)
            finally:
                self.training_s += time.process_time() - before_s

        training.run_training = measured


def _pages(ledger: Ledger) -> Iterator[list[Trial]]:
    position = BEGINNING
    while page := ledger.pending(position, 10_000):
        yield [trial for _, trial in page]
        position = page[-1][0]


PARTS = parts_of(dict(globals()))


def main(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    measured: dict[str, float] = {}
    for name in PARTS:
        measured |= run_part(name, folder)
    shutil.rmtree(folder)
    print(f"{'':<44}{'measured':>12}  target")
    for label, key, target in ROWS:
        value = f"{measured[key]:,.1f}" if key in measured else "-"
        print(f"{label:<44}{value:>12}  {target}")
    write_results(RESULTS, measured)


if __name__ == "__main__":
    run_script(main, PARTS, "nasbench-campaign-benchmark")
