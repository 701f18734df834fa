"""Brackets of successive halving: their budgets, and how many cells are trained with each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.algorithms.parameter_checks import check_at_least
from nasbench_pytorch.search.compiled.halving import Rules
from nasbench_pytorch.search.whole_numbers import MOST_EPOCHS


class Ladder(NamedTuple):
    """The budgets of the rungs.

    Attributes:
        eta: factor between budgets.
        min_epochs: smallest budget.
        max_epochs: largest budget, min_epochs × a power of eta.
    """

    eta: int = 3
    min_epochs: int = 4
    max_epochs: int = 108

    def epochs(self) -> tuple[int, ...]:
        """Return the budgets, ascending.

        Raises:
            InputError: eta is below 2, or the largest budget is not the smallest times a power of eta.
        """
        eta, smallest = check_at_least("eta", self.eta), check_at_least("min_epochs", self.min_epochs)
        largest = check_at_least("max_epochs", self.max_epochs, most=MOST_EPOCHS)
        budgets = [smallest]
        while eta > 1 and budgets[-1] < largest:
            budgets.append(budgets[-1] * eta)
        if eta < 2 or budgets[-1] != largest:
            raise InputError(
                f"max_epochs must be min_epochs times a power of eta, and eta at least 2; got min_epochs={smallest}, "
                f"max_epochs={largest}, eta={eta}; NAS-Bench-101 has 4, 12, 36 and 108"
            )
        return tuple(budgets)

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Ladder:
        """Return the ladder of an algorithm's settings; those left out have their defaults."""
        return cls(**{name: settings[name] for name in cls._fields if name in settings})


def bracket_rules(sampler: int, eta: int, first_sizes: list[tuple[int, int]], budgets: int) -> Rules:
    """Return the brackets in the order in which they run.

    Args:
        sampler: number of the sampler.
        eta: a rung has 1/eta of the cells of the one before, rounded down, at least 1.
        first_sizes: cells of the first rung and number of rungs of each bracket; its last rung has the largest budget.
        budgets: number of budgets.
    """
    sizes = np.zeros((len(first_sizes), budgets), np.int64)
    for bracket, (cells, rungs) in enumerate(first_sizes):
        sizes[bracket, :rungs] = [max(cells // eta**rung, 1) for rung in range(rungs)]
    return Rules(sampler, sizes, np.array([budgets - rungs for _, rungs in first_sizes], np.int64))
