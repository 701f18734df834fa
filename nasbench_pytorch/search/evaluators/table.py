"""Table evaluator: answers from stored results, in simulated seconds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import override

from nasbench_pytorch.search.evaluators.base import Answer, Evaluator

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates
    from nasbench_pytorch.search.objective import Objective
    from nasbench_pytorch.search.proposals import Proposal


class TableEvaluator(Evaluator):
    """Evaluator that looks up a cell's accuracy and training time, and draws one of its repeats.

    Args:
        candidates: the cells that may be proposed.
        objective: the table's numbers; see `table_objective`.
        seed: seed of the generator that draws repeats.
    """

    def __init__(self, candidates: Candidates, objective: Objective, seed: int) -> None:
        self.candidates = candidates
        self.epochs = objective.epochs
        self.objective = objective
        self.rng = np.random.Generator(np.random.PCG64(seed))
        self._budget = {epochs: number for number, epochs in enumerate(objective.epochs)}

    @override
    def evaluate(self, proposal: Proposal) -> Answer:
        place = proposal.position, self._budget[proposal.epochs]
        objective = self.objective
        count = int(objective.counts[place])
        entry = (*place, int(self.rng.integers(count)) if count > 1 else 0)
        return Answer(float(objective.values[entry]), float(objective.costs_s[entry]), int(objective.repeats[entry]))

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"rng": self.rng.bit_generator.state}

    @override
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.rng.bit_generator.state = state["rng"]
