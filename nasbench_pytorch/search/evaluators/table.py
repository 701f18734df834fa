"""Table evaluator: looks up stored results; the seconds are simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from nasbench_pytorch.search.evaluators.base import Answer, RandomEvaluator

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates
    from nasbench_pytorch.search.objective import Objective
    from nasbench_pytorch.search.proposals import Proposal


class TableEvaluator(RandomEvaluator):
    """Evaluator that draws one of a cell's repeats, and returns its accuracy and training time.

    Args:
        candidates: the cells that may be proposed.
        objective: the table's accuracies and times; see `table_objective`.
        seed: seed of the generator that draws repeats.
    """

    def __init__(self, candidates: Candidates, objective: Objective, seed: int) -> None:
        super().__init__(candidates, objective.epochs, seed)
        self.objective = objective
        self._budget = {epochs: number for number, epochs in enumerate(objective.epochs)}

    @override
    def evaluate(self, proposal: Proposal) -> Answer:
        query = proposal.position, self._budget[proposal.epochs]
        objective = self.objective
        count = int(objective.counts[query])
        entry = (*query, int(self.rng.integers(count)) if count > 1 else 0)
        return Answer(float(objective.values[entry]), float(objective.costs_s[entry]), int(objective.repeats[entry]))
