"""Search algorithms as users write them: a good one, and some that fail."""

from __future__ import annotations

from nasbench_pytorch.search import Candidates, Observation, Proposal, SearchAlgorithm


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


class OnlyInvalid(InOrder):
    """Proposes nothing but what is no cell."""

    name = "only_invalid"
    may_propose_invalid = True

    def ask(self) -> Proposal:
        return Proposal(-1, self.epochs)

    def tell(self, proposal: Proposal, observation: Observation) -> None:
        pass
