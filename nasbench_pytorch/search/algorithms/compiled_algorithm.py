"""CompiledAlgorithm: the base class of search algorithms in compiled code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from typing_extensions import override

from nasbench_pytorch.search.algorithms.base import SearchAlgorithm
from nasbench_pytorch.search.compiled.cells import CompiledCells, compiled_cells
from nasbench_pytorch.search.compiled.generator import RandomState, random_state
from nasbench_pytorch.search.compiled.ledger import (
    FULL,
    NOTHING_LEFT,
    STATE,
    Ledger,
    history_of,
    open_ledger,
    with_more_room,
)
from nasbench_pytorch.search.proposals import NOT_A_CELL, Observation, Proposal, SearchFinished
from nasbench_pytorch.space.packed_cells import unpacked_spec

if TYPE_CHECKING:
    from nasbench_pytorch.search.budget import Budget
    from nasbench_pytorch.search.candidates import Candidates
    from nasbench_pytorch.search.history import History
    from nasbench_pytorch.search.objective import Objective


class Kernels(Protocol):
    """A module of `search.compiled` with the decisions of one algorithm.

    Its `Rules` is a NamedTuple of parameters. Its `State` is a NamedTuple of arrays that the functions change, among
    them `pending`: position, edges, labels and number of the budget of the last proposal.
    """

    def new_state(self, random: RandomState, cells: CompiledCells, rules: Any, /) -> Any:
        """Return the state before the first proposal."""

    def ask(self, cells: CompiledCells, rules: Any, state: Any, /) -> None:
        """Write the next proposal to `pending`."""

    def tell(self, cells: CompiledCells, rules: Any, state: Any, value: float, /) -> None:
        """Learn from the value that was observed of the last proposal."""

    def run(self, cells: CompiledCells, rules: Any, state: Any, ledger: Ledger, /) -> None:
        """Search until the run ends, or the ledger needs more room."""


class CompiledAlgorithm(SearchAlgorithm):
    """A search algorithm in compiled code. `ask` and `tell` call the same functions as a whole run.

    The compiled code continues the stream of `rng` with a state of its own; `rng` itself is not used.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        rules: parameters of the compiled code.
        epochs: budgets that the algorithm proposes, ascending.
        with_neighbours: whether the compiled code needs the one-edit array.
    """

    kernels: ClassVar[Kernels]

    def __init__(
        self,
        candidates: Candidates,
        *,
        seed: int,
        rules: tuple[Any, ...],
        epochs: tuple[int, ...],
        with_neighbours: bool = False,
    ) -> None:
        super().__init__(candidates, seed=seed)
        self._cells = compiled_cells(candidates, with_neighbours)
        self._rules = rules
        self._epochs = epochs
        self._state = self.kernels.new_state(random_state(self.rng), self._cells, rules)

    @override
    def ask(self) -> Proposal:
        self.kernels.ask(self._cells, self._rules, self._state)
        position, edges, labels, budget = self._state.pending.tolist()
        if position == NOTHING_LEFT:
            raise SearchFinished
        spec = unpacked_spec(self.candidates.space.bounds, edges, labels) if position == NOT_A_CELL else None
        return Proposal(position, self._epochs[budget], spec)

    @override
    def tell(self, proposal: Proposal, observation: Observation) -> None:
        self.kernels.tell(self._cells, self._rules, self._state, float(observation.validation_accuracy))

    @override
    def compiled_run(self, objective: Objective, budget: Budget, seed: int, deduplicate: bool) -> History | None:
        if objective.epochs != self._epochs:
            return None
        ledger = open_ledger(objective, budget, seed, deduplicate)
        while True:
            self.kernels.run(self._cells, self._rules, self._state, ledger)
            if ledger.counts[STATE] != FULL:
                return history_of(ledger)
            ledger = with_more_room(ledger)

    @override
    def state_dict(self) -> dict[str, Any]:
        # Masks over the whole space are mostly False; positions take less room.
        return {
            name: np.flatnonzero(array) if array.dtype == np.bool_ else array.copy()
            for name, array in self._state._asdict().items()
        }

    @override
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        for name, array in self._state._asdict().items():
            if array.dtype == np.bool_:
                array[:] = False
                array[state[name]] = True
            else:
                array[:] = state[name]
