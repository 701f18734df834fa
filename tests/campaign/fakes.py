"""Workers that train nothing: what they return follows from the trial, so that every run can be compared."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.campaign.outcomes import Failed, Finished, Outcome, Reason
from nasbench_pytorch.campaign.plan.plan import Plan, open_campaign
from nasbench_pytorch.campaign.plan.selection import Selection
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.records import Evaluation
from nasbench_pytorch.space import Skeleton
from nasbench_pytorch.training import PRESETS

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.ledger.ledger import Ledger
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import RunTrial

ENVIRONMENT = {"device": "cpu", "device_name": "none", "threads": 1, "precision": "float32", "torch": "0"}
SETTINGS = Settings(
    PRESETS["digits"], Skeleton(stem_out_channels=8, num_modules_per_stack=1), "digits", train_images=64, seed=3
)
TINY = Plan(Selection(space="vertices<=3", budgets=(1, 2), repeats=2), SETTINGS)
"""28 trials of 7 cells."""


def finished(trial: Trial) -> Finished:
    """What a training of this trial would give."""
    accuracy = trial.seed % 1000 / 1000
    evaluation = Evaluation(float(trial.epochs), 2 * trial.epochs, 0.5, accuracy, accuracy / 2, accuracy / 3, 1, 2, 3)
    return Finished(trial.number, "complete", (evaluation,), (1.5,) * trial.epochs, 0, 0.5, 1.0, ENVIRONMENT, "fake", 1)


@dataclass(frozen=True)
class Instant:
    """A factory of workers that return at once.

    Attributes:
        fail: trial's number → the reason it fails with, each time.
        die: the trial whose worker kills itself, the first time; `marks` holds a file for each death.
        marks: a folder.
        seconds: what each trial takes.
    """

    fail: dict[int, Reason] = field(default_factory=dict)
    die: int | None = None
    marks: str = ""
    seconds: float = 0.0

    def __call__(self) -> RunTrial:
        return self.run

    def run(self, trial: Trial) -> Outcome:
        time.sleep(self.seconds)
        if trial.number == self.die and not (mark := Path(self.marks) / "died").exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if trial.number in self.fail:
            return Failed(trial.number, self.fail[trial.number], "as told", ENVIRONMENT, "fake", 0.1)
        return finished(trial)


def begin(folder: Path, plan: Plan = TINY) -> Ledger:
    """A new campaign."""
    return open_campaign(folder, plan)


def all_trials(ledger: Ledger) -> list[Trial]:
    """Every pending trial, in the order of work."""
    from nasbench_pytorch.campaign.ledger.pending import BEGINNING

    return [trial for _, trial in ledger.pending(BEGINNING, 10_000)]
