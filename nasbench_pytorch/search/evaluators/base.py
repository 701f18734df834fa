"""Evaluator: what evaluates the proposals of a run."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from typing_extensions import override

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates
    from nasbench_pytorch.search.proposals import Proposal


class Answer(NamedTuple):
    """The result of one evaluation.

    Attributes:
        value: the value to maximise: an accuracy, a fraction, or the score of a proxy.
        cost_s: seconds that the evaluation took, simulated or real.
        repeat: number of the table's repeat that was drawn; -1 for a mean of repeats, or where there is no table.
        test_accuracy: test accuracy of a training, for the record only: the algorithm does not see it. NaN where none
            was measured, and always with a table.
    """

    value: float
    cost_s: float
    repeat: int = -1
    test_accuracy: float = math.nan


class Evaluator(ABC):
    """Evaluates the proposals of one run. The value is no test accuracy, unless the protocol searches on those.

    Attributes:
        candidates: the cells that may be proposed with every budget of the search.
        epochs: the budgets that it can evaluate, ascending.
    """

    candidates: Candidates
    epochs: tuple[int, ...]

    @abstractmethod
    def evaluate(self, proposal: Proposal) -> Answer:
        """Evaluate a proposal whose cell and budget are allowed."""

    @property
    def worst_value(self) -> float:
        """The value that an algorithm observes of an invalid proposal, or of an evaluation without a finite value.

        It must not be better than the values of valid cells: 0 for accuracies. An evaluator whose values may be below
        0 overrides it.
        """
        return 0.0

    def state_dict(self) -> dict[str, Any]:
        """Return everything that changes during a run, for `load_state_dict` of a new object."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore a saved state; the object was made with the same arguments."""
        del state


class RandomEvaluator(Evaluator):
    """Evaluator whose answers depend on random draws.

    Attributes:
        rng: the only source of randomness; a saved state holds it.

    Args:
        candidates: the cells that may be proposed.
        epochs: the budgets that it can evaluate, ascending.
        seed: seed of `rng`.
    """

    def __init__(self, candidates: Candidates, epochs: tuple[int, ...], seed: int) -> None:
        self.candidates = candidates
        self.epochs = epochs
        self.rng = np.random.Generator(np.random.PCG64(seed))

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"rng": self.rng.bit_generator.state}

    @override
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.rng.bit_generator.state = state["rng"]
