"""SearchAlgorithm: the base class of all search algorithms."""

from __future__ import annotations

import copy
import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.proposals import FULL_EPOCHS
from nasbench_pytorch.search.whole_numbers import whole_number

if TYPE_CHECKING:
    from nasbench_pytorch.search.budget import Budget
    from nasbench_pytorch.search.candidates import Candidates
    from nasbench_pytorch.search.history import History
    from nasbench_pytorch.search.objective import Objective
    from nasbench_pytorch.search.proposals import Observation, Proposal


class SearchAlgorithm(ABC):
    """An algorithm that proposes cells and learns from what is observed. Subclass it to write your own.

    Each `ask` is followed by one `tell` with the same proposal. All randomness comes from `rng`, so that a seed fixes
    the proposals. A subclass adds its parameters as keywords with defaults, and keeps each in an attribute of the same
    name: reports list them as `settings`.

    Attributes:
        name: name in the registry and in reports.
        may_propose_invalid: whether it may propose specs that are no cells, or cells that may not be proposed. These
            cost nothing. If it is False, the search refuses such a proposal.
        may_repeat: whether it may propose the same cell with the same budget twice.
        needs_accuracies: whether it learns only from values from 0 to 1. If True, the search refuses it with scores,
            such as those of a proxy.
        candidates: the cells that may be proposed.
        seed: the seed.
        rng: the only source of randomness.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random; at least 0.

    Raises:
        InputError: the seed is no whole number, or below 0.
    """

    name: ClassVar[str] = ""
    may_propose_invalid: bool = False
    may_repeat: ClassVar[bool] = True
    needs_accuracies: ClassVar[bool] = False

    def __init__(self, candidates: Candidates, *, seed: int = 0) -> None:
        whole_number("the seed", seed, 0)
        self.candidates = candidates
        self.seed = seed
        self.rng = np.random.Generator(np.random.PCG64(seed))

    @abstractmethod
    def ask(self) -> Proposal:
        """Return the next proposal.

        Raises:
            SearchFinished: nothing is left to propose.
        """

    def tell(self, proposal: Proposal, observation: Observation) -> None:  # noqa: B027 - learning is optional
        """Learn from what was observed of the last proposal; the base class does nothing."""

    @classmethod
    def budgets(cls, settings: Mapping[str, Any]) -> tuple[int, ...]:
        """Return the budgets in epochs that the algorithm proposes, ascending.

        A cell may be proposed if it has a result for each of them. The base class returns the value of the parameter
        `epochs`, or 108 if there is no such parameter.

        Args:
            settings: parameters that are not at their defaults.
        """
        parameter = inspect.signature(cls).parameters.get("epochs")
        default = FULL_EPOCHS if parameter is None else parameter.default
        return (int(settings.get("epochs", default)),)

    @property
    def settings(self) -> dict[str, Any]:
        """The parameters by name, for reports.

        Raises:
            InputError: a parameter is not kept in an attribute of its name.
        """
        parameters = inspect.signature(type(self).__init__).parameters
        names = [name for name in parameters if name not in ("self", "candidates", "seed")]
        for name in names:
            if not hasattr(self, name):
                label = self.name or type(self).__name__
                raise InputError(f"{label}: __init__ must keep its parameter {name} as self.{name}; reports list it")
        return {name: getattr(self, name) for name in names}

    @property
    def sampler_name(self) -> str:
        """How the first cells are drawn, for reports."""
        return str(getattr(self, "sampler", "uniform over cells"))

    def state_dict(self) -> dict[str, Any]:
        """Return everything that changes during a search, for `load_state_dict` of a new object.

        The base class returns all attributes but `candidates`. Override both methods if an attribute is none of these:
        None, a number, a text, a list, tuple, set, deque or dict of them, a NumPy array, a NumPy generator, a spec, a
        proposal or an observation.
        """
        return {name: copy.deepcopy(value) for name, value in vars(self).items() if name != "candidates"}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore a saved state; the object was made with the same candidates, seed and parameters."""
        vars(self).update({name: copy.deepcopy(value) for name, value in state.items()})

    def compiled_run(self, objective: Objective, budget: Budget, seed: int, deduplicate: bool) -> History | None:
        """Make a whole run in compiled code; return None if the algorithm has none for this objective.

        The history equals that of a `SearchLoop` with a `TableEvaluator` of this objective, entry for entry. The object
        must be new, and cannot be used again. The method may be called in a thread, and should release the GIL.

        Args:
            objective: accuracies and costs of all cells.
            budget: what the run may spend.
            seed: seed of the evaluator's generator, which draws repeats.
            deduplicate: whether a repeated query of a cell and budget is free.
        """
        del objective, budget, seed, deduplicate
        return None
