"""`nasbench campaign run`."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from nasbench_pytorch.campaign.plan.selection import Selection
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.cli.campaign.arguments import checked_plan, default_plan, stored_options, stored_plan
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.train import asked
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training.recipe import PresetName

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.driver import DriverReport
    from nasbench_pytorch.campaign.executors.base import Executor
    from nasbench_pytorch.campaign.ledger.ledger import Ledger

ExecutorName = Literal["serial", "processes", "ray"]
_RAY_OPTIONS = {"ray_address", "cpus_per_trial", "gpus_per_trial"}


@dataclass(frozen=True)
class Options:
    """How to work, on this machine and now: nothing of it changes a result. The ledger keeps it for the next run."""

    data_root: Path = Path("data")
    """Folder with CIFAR-10 in any of its layouts; it is downloaded into it where it is missing."""
    executor: ExecutorName | None = None
    """serial: one trial after the other in this process. processes: in --workers processes of this machine. ray: in
    Ray, here or on a cluster. If left out: ray with --ray-address, processes where --workers is more than 1."""
    workers: int | None = None
    """Trials at once; 1 if left out, with ray as many as there is room for."""
    ray_address: str | None = None
    """The Ray cluster that this machine belongs to: host:port of its head, or auto. If left out, one is begun on this
    machine for the time being."""
    cpus_per_trial: float | None = None
    """With ray: cores set aside for each trial; --threads if left out."""
    gpus_per_trial: float = 0.0
    """With ray: GPUs for each trial; 0.25 puts four on one GPU. Without, trials run on CPUs."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:1, …"""
    max_tries: int = 3
    """After so many failures a trial is recorded as failed."""
    checkpoint_interval_s: float = 60.0
    """Seconds between checkpoints of a training: what a kill costs at most."""

    def make_executor(self, threads: int) -> Executor:
        """The executor.

        Raises:
            InputError: the options do not go together.
        """
        if self.max_tries < 1:
            raise InputError(f"--max-tries must be at least 1, got {self.max_tries}")
        if not self.checkpoint_interval_s >= 0:
            raise InputError(f"--checkpoint-interval-s must be at least 0, got {self.checkpoint_interval_s:g}")
        name = self.executor_name
        if name == "ray":
            from nasbench_pytorch.campaign.executors.ray import RayExecutor

            return RayExecutor(
                self.workers,
                cpus_per_trial=threads if self.cpus_per_trial is None else self.cpus_per_trial,
                gpus_per_trial=self.gpus_per_trial,
                address=self.ray_address,
            )
        if self.ray_address is not None or self.cpus_per_trial is not None or self.gpus_per_trial:
            raise InputError(
                f"--ray-address, --cpus-per-trial and --gpus-per-trial are for --executor ray; got --executor {name}"
            )
        if name == "processes":
            from nasbench_pytorch.campaign.executors.processes import ProcessExecutor

            workers = 1 if self.workers is None else self.workers
            _note_crowding(workers, threads)
            return ProcessExecutor(workers, threads)
        if self.workers not in (None, 1):
            raise InputError(f"--workers {self.workers}: the serial executor has one; use --executor processes")
        from nasbench_pytorch.campaign.executors.serial import SerialExecutor

        return SerialExecutor()

    @property
    def executor_name(self) -> ExecutorName:
        """The executor, or what stands for it where none is named."""
        if self.executor is not None:
            return self.executor
        if self.ray_address is not None:
            return "ray"
        return "serial" if self.workers in (None, 1) else "processes"

    @property
    def worker_device(self) -> str:
        """The device of a trial. With Ray, a trial that has no share of a GPU must not choose one that others have."""
        return (
            "cpu" if self.executor_name == "ray" and self.device == "auto" and not self.gpus_per_trial else self.device
        )


def _note_crowding(workers: int, threads: int) -> None:
    """Say so where threads would wait for each other: measured in docs/throughput.md, half the speed."""
    cores = os.cpu_count() or 1
    if threads > 1 and workers * threads > cores:
        print(
            f"nasbench: {workers} workers × {threads} threads are more than this machine's {cores} cores, and threads "
            f"that wait for each other are slow; --workers {max(1, cores // threads)}, or --threads 1, trains faster",
            file=sys.stderr,
        )


@dataclass(frozen=True)
class _Run:
    out: Path
    """The campaign's folder. Where it holds one already, what it holds is what flags that are not given mean."""
    selection: Annotated[Selection, tyro.conf.arg(name="")] = field(default_factory=Selection)
    settings: Annotated[Settings, tyro.conf.arg(name="")] = field(default_factory=Settings)
    preset: PresetName | None = None
    """Recipe whose values the other flags change; nasbench101, or digits with --dataset digits."""
    extend: bool = False
    """Add the trials of this plan that the ledger lacks."""
    order: Literal["longest", "repeats"] = "longest"
    """Of new trials: the longest first, so that none is left alone at the end; or first repeat 0 of everything, then
    repeat 1, …, so that an interrupted campaign has something of every cell."""
    options: Annotated[Options, tyro.conf.arg(name="")] = field(default_factory=Options)
    progress: Literal["auto", "live", "lines", "none"] = "auto"
    """How to show progress on stderr; auto: live if it is a terminal."""


def run(arguments: list[str]) -> int:
    folder = _folder(arguments)
    stored = stored_plan(folder)
    default = default_plan(arguments, stored)
    options = _known_options(stored_options(folder), arguments)
    start = _Run(folder or Path(), default.selection, default.settings, options=options)
    about = "Begin a campaign, or go on with one: everything is in --out."
    given = parse(_Run, arguments, "nasbench campaign run", about, start if folder is not None else None)
    plan = checked_plan(given.selection, given.settings, default)
    executor = given.options.make_executor(plan.settings.threads)

    from nasbench_pytorch.campaign.executors.base import CannotWorkError
    from nasbench_pytorch.campaign.plan.plan import open_campaign

    # A file of hashes that is named again is read again; else what is in the ledger is the plan.
    goes_on = plan == stored and not given.extend and asked(arguments, "--hashes") is None
    ledger = open_campaign(given.out, None if goes_on else plan, extend=given.extend, layered=given.order == "repeats")
    before = ledger.read_meta("options")
    try:
        ledger.write_meta("options", {name: _plain(value) for name, value in vars(given.options).items()})
        report, signal_number = _work(ledger, executor, given)
    except CannotWorkError:
        if stored is None:
            ledger.discard()  # with its settings: they may be what has to be mended
        else:
            _leave(ledger, "refused", options=before)
        raise
    except InputError:
        _leave(ledger, "hindered")
        raise
    except BaseException:
        ledger.abandon()
        raise
    ledger.close("stopped" if report.stopped else "clean")
    from nasbench_pytorch.cli.campaign.status import print_status

    print_status(given.out)
    if signal_number is not None:
        print(f"nasbench campaign run: stopped; go on with: nasbench campaign run --out {given.out}", file=sys.stderr)
        return 128 + signal_number
    return 0


def _work(ledger: Ledger, executor: Executor, given: _Run) -> tuple[DriverReport, int | None]:
    """Drive the campaign; returns how it ended, and the signal that stopped it."""
    from nasbench_pytorch.campaign.driver import CHECKPOINTS, Driver
    from nasbench_pytorch.campaign.worker import TrainingFactory
    from nasbench_pytorch.cli.campaign.live_view import make_view

    options = given.options
    factory = TrainingFactory(
        ledger.settings,
        # Absolute, since a worker on another machine has a working folder of its own.
        str((ledger.folder / CHECKPOINTS).absolute()),
        str(options.data_root.absolute()),
        options.worker_device,
        options.checkpoint_interval_s,
    )
    received: list[int] = []
    with make_view(given.progress, ledger.folder, executor.slots) as view:
        driver = Driver(ledger, executor, factory, max_tries=options.max_tries, watcher=view)

        def stop(number: int, frame: FrameType | None) -> None:
            del frame
            if received and number == signal.SIGINT:
                raise KeyboardInterrupt  # the second Ctrl-C: now
            received.append(number)
            driver.request_stop()
            view.note("stopping: running trainings save their state; Ctrl-C again ends them at once")

        previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            report = driver.run()
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)
    if report.stopped and not received:
        received.append(report.signal_number or signal.SIGINT)
    return report, received[0] if received else None


def _leave(ledger: Ledger, ending: str, **meta: object) -> None:
    """Leave a ledger if it can still be written, and without a word if not.

    Args:
        ledger: ours.
        ending: how the session ended.
        meta: values to put back into the ledger's `meta`.
    """
    try:
        for key, value in meta.items():
            ledger.write_meta(key, value)
        ledger.close(ending)
    except InputError:
        ledger.abandon()


def _folder(arguments: list[str]) -> Path | None:
    value = asked(arguments, "--out")
    return None if value is None else Path(value)


def _known_options(stored: dict[str, object], arguments: list[str]) -> Options:
    """The stored options that this version knows, without those that an executor asked for now has no use for."""
    known = {item.name for item in fields(Options)}
    if asked(arguments, "--executor") not in (None, "ray"):
        known -= _RAY_OPTIONS
    if any(asked(arguments, f"--{name.replace('_', '-')}") is not None for name in _RAY_OPTIONS):
        known -= {"executor"}
    values = {name: value for name, value in stored.items() if name in known}
    if "data_root" in values:
        values["data_root"] = Path(str(values["data_root"]))
    return Options(**values)  # type: ignore[arg-type]


def _plain(value: object) -> object:
    # Absolute, since the next run may begin in another folder.
    return str(value.absolute()) if isinstance(value, Path) else value
