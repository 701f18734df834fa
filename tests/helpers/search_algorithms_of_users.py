"""Search algorithms as users write them: a good one, and some that fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nasbench_pytorch.search import Candidates, Observation, Proposal, SearchAlgorithm, SearchFinished


class InOrder(SearchAlgorithm):
    """Proposes the cells in order, beginning at a random one."""

    name = "in_order"

    def __init__(self, candidates: Candidates, *, seed: int = 0, epochs: int = 12, step: int = 1) -> None:
        super().__init__(candidates, seed=seed)
        self.epochs, self.step = epochs, step
        self.next = int(self.rng.integers(len(candidates)))
        self.best = 0.0

    def ask(self) -> Proposal:
        return Proposal(int(self.candidates.positions[self.next % len(self.candidates)]), self.epochs)

    def tell(self, proposal: Proposal, observation: Observation) -> None:
        assert proposal == self.ask()
        self.next += self.step
        self.best = max(self.best, observation.validation_accuracy)


class Outside(InOrder):
    """Proposes no cell after some good proposals."""

    name = "outside"

    def ask(self) -> Proposal:
        return Proposal(-1, self.epochs) if self.best > 0.5 and self.seed % 2 else super().ask()


class Endless(InOrder):
    """Never returns from ask."""

    name = "endless"

    def ask(self) -> Proposal:
        while True:
            self.best += 1.0


class SometimesEndless(Endless):
    """Never returns from ask in half of the runs."""

    name = "sometimes_endless"

    def ask(self) -> Proposal:
        return super().ask() if self.seed % 2 else InOrder.ask(self)


class OnlyInvalid(InOrder):
    """Proposes nothing but what is no cell."""

    name = "only_invalid"
    may_propose_invalid = True

    def ask(self) -> Proposal:
        return Proposal(-1, self.epochs)

    def tell(self, proposal: Proposal, observation: Observation) -> None:
        pass


class WithoutAsk(SearchAlgorithm):
    """Proposes nothing."""


class OtherArguments(InOrder):
    """Has a parameter without a default."""

    def __init__(self, candidates: Candidates, width: int) -> None:
        super().__init__(candidates)
        self.width = width


class WithoutSuper(InOrder):
    """Forgets the base class."""

    def __init__(self, candidates: Candidates, *, seed: int = 0, epochs: int = 12) -> None:  # noqa: ARG002
        self.epochs = epochs


class Forgetful(InOrder):
    """Does not keep a parameter."""

    def __init__(self, candidates: Candidates, *, seed: int = 0, epochs: int = 12, width: int = 3) -> None:  # noqa: ARG002
        super().__init__(candidates, seed=seed, epochs=epochs)


class WithoutBudgets(InOrder):
    """Names no number of epochs."""

    @classmethod
    def budgets(cls, settings: Mapping[str, Any]) -> tuple[int, ...]:
        return ()


class EndlessFromTheStart(InOrder):
    """Never returns from __init__."""

    name = "endless_from_the_start"

    def __init__(self, candidates: Candidates, *, seed: int = 0, epochs: int = 12) -> None:
        super().__init__(candidates, seed=seed, epochs=epochs)
        while True:
            self.best += 1.0


class Finished(InOrder):
    """Proposes nothing at all."""

    name = "finished"

    def ask(self) -> Proposal:
        raise SearchFinished
