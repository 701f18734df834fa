"""`run_campaign`: begin a campaign, or resume one."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Literal

from nasbench_pytorch.campaign.driver import CHECKPOINTS, Driver, DriverReport, Watcher
from nasbench_pytorch.campaign.executors.base import CannotWorkError
from nasbench_pytorch.campaign.executors.choice import make_executor
from nasbench_pytorch.campaign.ledger.connection import LEDGER_NAME, no_ledger, read_stored
from nasbench_pytorch.campaign.options import CampaignOptions
from nasbench_pytorch.campaign.plan.plan import Plan, open_campaign
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.campaign.worker import TrainingFactory
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.executors.base import Executor
    from nasbench_pytorch.campaign.ledger.ledger import Ledger

Order = Literal["longest", "repeats"]


def run_campaign(
    folder: str | os.PathLike[str],
    plan: Plan | None = None,
    *,
    options: CampaignOptions | None = None,
    extend: bool = False,
    order: Order = "longest",
    watcher: Watcher | None = None,
) -> DriverReport:
    """Train the pending trials of a campaign: begin one in `folder`, or resume the one that is there.

    The folder holds everything: plan, results, checkpoints and the options of the last run. After a stop, a kill or a
    crash, `run_campaign(folder)` resumes it with identical results.

    In the main thread, SIGINT and SIGTERM stop the run: running trainings save their state, and the function returns. A
    second Ctrl-C raises `KeyboardInterrupt`.

    Example:
        ```python
        from nasbench_pytorch.campaign import CampaignOptions, Plan, Selection, Settings, read_status, run_campaign

        plan = Plan(Selection(space="vertices<=4", budgets=(4, 12), repeats=3), Settings())
        run_campaign("runs/small", plan, options=CampaignOptions(workers=4))
        print(read_status("runs/small").count("finished"))
        ```

    Args:
        folder: the campaign's folder, made for a new campaign.
        plan: what to train. It must be the plan of the campaign that is there, unless `extend` is true; None resumes
            that campaign.
        options: where and how trials run; None for the options of the last run, or the defaults in a new campaign.
        extend: add the trials of `plan` that the campaign lacks.
        order: order of added trials. "longest": the longest first, so that none is left alone at the end. "repeats":
            first repeat 0 of everything, then repeat 1, …, so that a stopped campaign has results of every cell.
        watcher: receives the progress.

    Returns:
        A report of this run; `stopped` and `signal_number` say whether and how it was stopped.

    Raises:
        InputError: plan or options cannot be used, another process runs the campaign, no worker can work, or the disk
            is full or read-only. A new campaign in which no worker can work is removed.
        OSError: the folder cannot be written.
    """
    folder = Path(folder)
    is_new = not (folder / LEDGER_NAME).exists()
    if options is None:
        options = CampaignOptions.from_dict(read_stored(folder, "options") or {})
    executor = make_executor(options, _settings(folder, plan).threads)
    layered = order == "repeats"
    with contextlib.closing(executor), open_campaign(folder, plan, extend=extend, layered=layered) as ledger:
        previous = ledger.read_meta("options")
        ledger.write_meta("options", options.to_dict())
        try:
            report = _drive(ledger, executor, options, watcher or Watcher())
        except CannotWorkError:
            if is_new:
                ledger.discard()  # the settings may be the cause, and a ledger's settings cannot be changed
            else:
                with contextlib.suppress(InputError):
                    ledger.write_meta("options", previous)
                ledger.try_close("refused")
            raise
        ledger.close("stopped" if report.stopped else "clean")
    return report


def _settings(folder: Path, plan: Plan | None) -> Settings:
    if plan is not None:
        return plan.settings
    stored = read_stored(folder, "settings")
    if stored is None:
        raise no_ledger(folder)
    return Settings.from_dict(stored)


def _drive(ledger: Ledger, executor: Executor, options: CampaignOptions, watcher: Watcher) -> DriverReport:
    factory = TrainingFactory(
        ledger.settings,
        # Absolute: a worker on another machine has another working folder.
        str((ledger.folder / CHECKPOINTS).absolute()),
        str(options.data_root.absolute()),
        options.worker_device,
        options.checkpoint_interval_s,
    )
    watcher.begin(ledger.folder, executor.slots)
    try:
        driver = Driver(ledger, executor, factory, max_tries=options.max_tries, watcher=watcher)
        with _stop_on_signals(driver, watcher) as received:
            report = driver.run()
    finally:
        watcher.end()
    if received:
        report.signal_number = received[0]
    return report


@contextlib.contextmanager
def _stop_on_signals(driver: Driver, watcher: Watcher) -> Iterator[list[int]]:
    """Let SIGINT and SIGTERM stop the driver within the block; yield the list of received signals.

    A second SIGINT raises KeyboardInterrupt. Outside the main thread, where Python allows no handlers, nothing changes.
    """
    received: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield received
        return

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        if received and number == signal.SIGINT:
            raise KeyboardInterrupt
        received.append(number)
        driver.request_stop()
        watcher.note("stopping: running trainings save their state; Ctrl-C again ends them at once")

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
