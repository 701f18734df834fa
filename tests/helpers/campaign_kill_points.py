"""Shots: a process that passes an armed point of its work kills itself or the driver with SIGKILL, once.

Nothing in the package knows of this: `arm` patches a process before it works, and `ArmedFactory` a worker's process.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from nasbench_pytorch.campaign.worker import RunTrial, WorkerFactory

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.outcomes import Outcome
    from nasbench_pytorch.campaign.trials import Trial

STATES = ("planning", "before start", "mid-step", "writing a checkpoint", "committing", "exporting")
"""States that every soak covers; planning, which is the same with every executor, only with the serial one."""

MOMENTS = {
    "planning": ("half written", "written, not renamed", "renamed"),
    "before start": ("trial",),
    "mid-step": ("weights moved, step not counted",),
    "writing a checkpoint": ("half written", "written, not renamed", "renamed"),
    "committing": ("before COMMIT", "after COMMIT, checkpoints still there"),
    "exporting": ("half written", "written, not renamed", "renamed"),
}
"""State → the points in it."""


@dataclass(frozen=True)
class Shot:
    """A point at which to kill a process.

    Attributes:
        state: one of `STATES`.
        moment: one of the state's `MOMENTS`.
        victim: "worker": the process at that point; "driver": its driver.
        skip: how often a process may pass the point before.
    """

    state: str
    moment: str
    victim: str
    skip: int = 0

    def file_name(self) -> str:
        return "@".join([self.state, self.moment, self.victim, str(self.skip)])

    @classmethod
    def from_file_name(cls, name: str) -> Shot:
        state, moment, victim, skip = name.split("@")
        return cls(state, moment, victim, int(skip))


class Shots:
    """The shots of a soak, as files in the folders `armed` and `fired`.

    The process that renames a shot's file fires it, so no two processes do.
    """

    def __init__(self, folder: Path) -> None:
        self.armed, self.fired = folder / "armed", folder / "fired"
        self._driver = folder / "driver.pid"
        self._passed: Counter[Shot] = Counter()
        for path in (self.armed, self.fired):
            path.mkdir(parents=True, exist_ok=True)

    def load(self, shot: Shot) -> None:
        (self.armed / shot.file_name()).touch()

    def is_armed(self, shot: Shot) -> bool:
        return (self.armed / shot.file_name()).exists()

    def i_am_the_driver(self) -> None:
        self._driver.write_text(str(os.getpid()))

    def passes(self, state: str, moment: str, before: Callable[[], object] | None = None) -> None:
        """Fire the armed shots for the point that this process passes; may not return.

        Args:
            state: one of `STATES`.
            moment: one of the state's `MOMENTS`.
            before: called before this process is killed.
        """
        for path in self.armed.iterdir():
            name = path.name
            shot = Shot.from_file_name(name)
            if (shot.state, shot.moment) != (state, moment):
                continue
            self._passed[shot] += 1
            if self._passed[shot] <= shot.skip:
                continue
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                path.rename(self.fired / f"{name}@{time.time_ns()}")
                if shot.victim == "driver" and os.getpid() != (driver := int(self._driver.read_text())):
                    os.kill(driver, signal.SIGKILL)
                    return
                if before is not None:
                    before()
                kill_self()


def kill_self() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class ArmedFactory:
    """A factory of workers that pass the points of shots.

    Attributes:
        factory: makes the workers.
        folder: folder of the shots.
    """

    factory: WorkerFactory
    folder: str

    def __call__(self) -> RunTrial:
        shots = Shots(Path(self.folder))
        arm(shots)
        run = self.factory()

        def armed_run(trial: Trial) -> Outcome:
            shots.passes("before start", "trial")
            return run(trial)

        return armed_run


def _state_of_writing(name: str) -> str:
    """Return what a process is doing that syncs this file, or this folder after a rename."""
    if name.startswith((".table.", "tables")):
        return "exporting"
    return "planning" if name.startswith((".ledger.", "campaign")) else "writing a checkpoint"


def arm(shots: Shots) -> None:
    """Patch this process, once and for good."""
    from nasbench_pytorch.campaign.ledger.connection import Transaction
    from nasbench_pytorch.campaign.ledger.ledger import Ledger
    from nasbench_pytorch.training.loop.step import Trainer

    if getattr(os, "is_armed", False):
        return
    step, sync, commit, end = Trainer.step, os.fsync, Ledger.commit, Transaction.__exit__
    committing = []

    @functools.wraps(step)
    def armed_step(*arguments: Any, **options: Any) -> Any:
        result = step(*arguments, **options)
        shots.passes("mid-step", "weights moved, step not counted")
        return result

    def armed_sync(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        state = _state_of_writing(path.name)
        if path.name.endswith(".partial"):
            half = os.fstat(descriptor).st_size // 2
            shots.passes(state, "half written", lambda: os.truncate(path, half))
            sync(descriptor)
            shots.passes(state, "written, not renamed")
        else:
            shots.passes(state, "renamed")
            sync(descriptor)

    def armed_commit(self: Ledger, outcomes: Sequence[Outcome], *arguments: Any) -> list[int]:
        committing.append(bool(outcomes))
        try:
            return commit(self, outcomes, *arguments)
        finally:
            committing.pop()

    def armed_end(*arguments: Any) -> None:
        if any(committing):
            shots.passes("committing", "before COMMIT")
        end(*arguments)
        if any(committing):
            shots.passes("committing", "after COMMIT, checkpoints still there")

    patches: list[tuple[object, str, object]] = [
        (Trainer, "step", armed_step),
        (os, "fsync", armed_sync),
        (Ledger, "commit", armed_commit),
        (Transaction, "__exit__", armed_end),
        (os, "is_armed", True),
    ]
    for target, name, patch in patches:
        setattr(target, name, patch)
