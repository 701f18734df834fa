"""Evaluations from a formula; like trainings they have their runs' states saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nasbench_pytorch.search import Candidates, Evaluator, EvaluatorSource, Proposal
from nasbench_pytorch.search.evaluators.base import Answer


class SlowSource(EvaluatorSource):
    """Counts its evaluations, and is interrupted after some.

    Args:
        candidates: the cells that may be proposed.
        stop_after: number of evaluations before the interruption.
    """

    is_slow = True
    default_epochs = 2

    def __init__(self, candidates: Candidates, stop_after: int = 10**9) -> None:
        self._candidates, self.left = candidates, stop_after

    def candidates(self, epochs: tuple[int, ...]) -> Candidates:  # noqa: ARG002
        return self._candidates

    def make(self, epochs: tuple[int, ...], seed: int) -> Evaluator:
        return SlowEvaluator(self, epochs, seed)

    def about(self) -> dict[str, Any]:
        return {"evaluate": "training", "dataset": "invented"}


class SlowEvaluator(Evaluator):
    """Answers with random numbers of its own generator."""

    def __init__(self, source: SlowSource, epochs: tuple[int, ...], seed: int) -> None:
        self.source, self.epochs, self.candidates = source, epochs, source.candidates(epochs)
        self.rng = np.random.Generator(np.random.PCG64(seed))

    def evaluate(self, proposal: Proposal) -> Answer:  # noqa: ARG002
        if self.source.left == 0:
            raise KeyboardInterrupt
        self.source.left -= 1
        value = float(self.rng.random())
        return Answer(value, 10.0, test_accuracy=value / 2)

    def state_dict(self) -> dict[str, Any]:
        return {"rng": self.rng.bit_generator.state}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.rng.bit_generator.state = state["rng"]
