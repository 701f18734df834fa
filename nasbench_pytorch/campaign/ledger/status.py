"""Status of a campaign: its numbers, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nasbench_pytorch.campaign.ledger.environments import Machine
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.campaign.trials import TrialState


@dataclass(frozen=True)
class BudgetTotals:
    """Totals of the trials of one budget.

    Attributes:
        epochs: the budget.
        trials: state → number of trials.
        cost: state → sum of epochs × FLOPs of one image.
        training_time_s: seconds in training steps, of the finished trials.
        total_time_s: seconds in all, of the finished trials.
    """

    epochs: int
    trials: dict[TrialState, int]
    cost: dict[TrialState, float]
    training_time_s: float
    total_time_s: float


@dataclass(frozen=True)
class TrialNote:
    """A line about a trial.

    Attributes:
        hash: hash of the cell.
        epochs: the budget.
        repeat: which training.
        text: since when it has been running, its result, or why it failed.
    """

    hash: str
    epochs: int
    repeat: int
    text: str


def failure_line(reason: str, evidence: str) -> str:
    """Return why a try failed, in one line: the reason and the last line of the evidence."""
    lines = evidence.strip().splitlines()
    return f"{reason}: {lines[-1]}" if lines else reason


@dataclass(frozen=True)
class CampaignStatus:
    """Status of a campaign at one moment.

    Attributes:
        settings: the campaign's settings.
        selections: its selections, in the order in which they were added.
        budgets: totals, by ascending budget.
        running: trials that the driver is running, or was running if it was killed.
        last: the last results, newest first.
        failed: failed trials, newest first.
        failures: reason of the last failure → number of failed trials.
        failed_tries: reason → number of failed tries.
        machines: machines that results came from.
        owner: host and pid of the driver that the folder names, or None.
        is_driven: whether a driver is running now; None where that cannot be known.
    """

    settings: Settings
    selections: list[dict[str, Any]]
    budgets: list[BudgetTotals]
    running: list[TrialNote]
    last: list[TrialNote]
    failed: list[TrialNote]
    failures: dict[str, int]
    failed_tries: dict[str, int]
    machines: list[Machine]
    owner: dict[str, Any] | None
    is_driven: bool | None = None

    def count(self, state: TrialState | str) -> int:
        """Return the number of trials in a state ("pending", "finished" or "failed"), over all budgets."""
        return sum(budget.trials.get(TrialState(state), 0) for budget in self.budgets)

    @property
    def trials(self) -> int:
        """Number of all trials."""
        return sum(map(self.count, TrialState))

    @property
    def seconds_per_cost(self) -> float | None:
        """Seconds that a unit of cost took so far; None before the first result."""
        cost = sum(budget.cost.get(TrialState.FINISHED, 0.0) for budget in self.budgets)
        return sum(budget.total_time_s for budget in self.budgets) / cost if cost else None

    @property
    def remaining_s(self) -> float | None:
        """Estimated worker-seconds of the pending trials, from the finished ones; None before the first result."""
        rate = self.seconds_per_cost
        pending = sum(budget.cost.get(TrialState.PENDING, 0.0) for budget in self.budgets)
        return None if rate is None else rate * pending

    @property
    def images_per_s(self) -> float | None:
        """Training images a second of one worker, in training steps; None before the first result."""
        trained = sum(budget.epochs * budget.trials.get(TrialState.FINISHED, 0) for budget in self.budgets)
        spent_s = sum(budget.training_time_s for budget in self.budgets)
        images = self.machines[0].description.get("data", {}).get("train_images") if self.machines else None
        return trained * images / spent_s if images and spent_s else None
