"""How a campaign stands: the numbers, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nasbench_pytorch.campaign.ledger.environments import Machine
from nasbench_pytorch.campaign.ledger.schema import STATES
from nasbench_pytorch.campaign.settings import Settings


@dataclass(frozen=True)
class BudgetTotals:
    """The trials of one budget.

    Attributes:
        epochs: the budget.
        trials: state (`pending`, `finished`, `failed`) → how many.
        cost: state → epochs × FLOPs of one image, summed.
        training_time_s: seconds in training steps of the finished ones.
        total_time_s: seconds of everything, of the finished ones.
    """

    epochs: int
    trials: dict[str, int]
    cost: dict[str, float]
    training_time_s: float
    total_time_s: float


@dataclass(frozen=True)
class TrialNote:
    """A line about a trial.

    Attributes:
        hash: of the cell.
        epochs: the budget.
        repeat: which training.
        text: since when it runs, what it came to, or why it failed.
    """

    hash: str
    epochs: int
    repeat: int
    text: str


def failure_line(reason: str, evidence: str) -> str:
    """Why an attempt came to nothing, in one line: of a traceback the last one, which says it."""
    lines = evidence.strip().splitlines()
    return f"{reason}: {lines[-1]}" if lines else reason


@dataclass(frozen=True)
class CampaignStatus:
    """How a campaign stands.

    Attributes:
        settings: the campaign's.
        selections: what was selected, in the order in which it was added.
        budgets: totals, by ascending budget.
        running: what the driver has in hand; what it had, if it ended without a word.
        last: the last results, newest first.
        failed: trials that failed for good, newest first.
        failures: reason → trials that have failed for good with it last.
        failed_attempts: reason → attempts.
        machines: where the results came from.
        owner: host and pid that the folder names as the driver, or None.
    """

    settings: Settings
    selections: list[dict[str, Any]]
    budgets: list[BudgetTotals]
    running: list[TrialNote]
    last: list[TrialNote]
    failed: list[TrialNote]
    failures: dict[str, int]
    failed_attempts: dict[str, int]
    machines: list[Machine]
    owner: dict[str, Any] | None

    def count(self, state: str) -> int:
        """Trials in a state, over all budgets."""
        return sum(budget.trials.get(state, 0) for budget in self.budgets)

    @property
    def trials(self) -> int:
        """All trials."""
        return sum(map(self.count, STATES.values()))

    @property
    def seconds_per_cost(self) -> float | None:
        """Seconds that a unit of cost took so far; None before the first result."""
        cost = sum(budget.cost.get("finished", 0.0) for budget in self.budgets)
        return sum(budget.total_time_s for budget in self.budgets) / cost if cost else None

    @property
    def remaining_s(self) -> float | None:
        """Worker-seconds that the pending trials will take, by what the finished ones took; None where none has."""
        rate = self.seconds_per_cost
        return None if rate is None else rate * sum(budget.cost.get("pending", 0.0) for budget in self.budgets)

    @property
    def images_per_s(self) -> float | None:
        """Training images a second of one worker, in training steps; None before the first result."""
        trained = [budget.epochs * budget.trials.get("finished", 0) for budget in self.budgets]
        spent_s = sum(budget.training_time_s for budget in self.budgets)
        images = self.machines[0].description.get("data", {}).get("train_images") if self.machines else None
        return sum(trained) * images / spent_s if images and spent_s else None
