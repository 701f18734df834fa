"""One run of a search: compiled where the algorithm offers that, else step by step and resumable."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.ask_limit import ask_limit
from nasbench_pytorch.search.history import MOST_FREE_PROPOSALS, History
from nasbench_pytorch.search.plan import SearchPlan, seeds_of_run
from nasbench_pytorch.search.saving.saved_state import read_state, unusable_state, write_state
from nasbench_pytorch.search.users_code import translated

if TYPE_CHECKING:
    from collections.abc import Callable

    from nasbench_pytorch.search.loop import SearchLoop

_LARGEST_SHARE_OF_SAVING = 0.05
"""A run saves its state after each evaluation, but spends at most this share of its time on saving."""


@dataclass(frozen=True)
class RunOne:
    """Function that makes one run; it can be pickled for other processes.

    Attributes:
        plan: the search.
        folder: folder for the states of unfinished runs with slow evaluators; None saves no states.
    """

    plan: SearchPlan
    folder: Path | None = None

    def __call__(self, run: int) -> tuple[int, History]:
        """Make the run with a number, and return the number and the history.

        Raises:
            InputError: the algorithm made a proposal that it may not make, or only invalid ones, or exceeded the limit
                of time; or the run's saved state cannot be used.
        """
        compiled = self.compiled(run)
        if compiled is not None:
            return run, compiled
        plan = self.plan
        loop = plan.new_loop(run)
        state = self._state_file(run)
        saver = None
        if state is not None:
            saver = _Saver(state, plan).save
            if state.exists():
                return run, self._checked(self._resumed(loop, state, saver))
        with ask_limit(f"{plan.name} has proposed nothing", loop, plan.ask_limit_s):
            history = loop.run(saver)
        return run, self._checked(history)

    def _resumed(self, loop: SearchLoop, state: Path, saver: Callable[[SearchLoop], object]) -> History:
        """Continue from a saved state.

        Only the algorithm can tell whether the values in its state make sense, so any exception of the algorithm is
        taken for a damaged state.
        """
        saved = read_state(state)
        try:
            loop.load_state_dict(saved)
            with ask_limit(f"{self.plan.name} has proposed nothing", loop, self.plan.ask_limit_s):
                return loop.run(saver)
        except InputError:
            raise
        except Exception as error:
            if not loop.waits_for_algorithm:
                raise  # an evaluation failed
            raise unusable_state(state, error) from error

    def compiled(self, run: int) -> History | None:
        """Make the run with a number in compiled code; return None if the algorithm has none for this plan."""
        plan = self.plan
        objective = plan.source.objective(plan.epochs)
        if objective is None:
            return None
        _, seed = seeds_of_run(plan.seed, run)
        history = plan.new_algorithm(run).compiled_run(objective, plan.budget, seed, plan.deduplicate)
        return None if history is None else self._checked(history)

    def forget(self, run: int) -> None:
        """Remove the saved state of a run that is finished and stored."""
        state = self._state_file(run)
        if state is not None:
            state.unlink(missing_ok=True)

    def _state_file(self, run: int) -> Path | None:
        if self.folder is None or not self.plan.source.is_slow:
            return None
        return self.folder / f"state-{run}.json"

    def _checked(self, history: History) -> History:
        # With deduplication, a run that has paid for all cells it can reach is stuck without a fault.
        if history.ended_by != "stuck" or (self.plan.deduplicate and len(history)):
            return history
        if len(history) and history.costs_s[-1] == 0:
            raise InputError(
                f"{self.plan.name} made {MOST_FREE_PROPOSALS:,} proposals in a row that cost nothing, since the table "
                "has training times of 0 s, so the run would never end; give a budget of evaluations or epochs, too"
            )
        raise InputError(
            f"{self.plan.name} made {MOST_FREE_PROPOSALS:,} proposals in a row that are no cells which may be "
            "proposed, so the run would never end; propose positions of candidates.positions"
        )


class _Saver:
    """Saves the state of a loop, less often where saving takes long.

    Args:
        path: the file.
        plan: the search.
    """

    def __init__(self, path: Path, plan: SearchPlan) -> None:
        self._path = path
        self._plan = plan
        self._not_before_s = 0.0

    def save(self, loop: SearchLoop) -> None:
        began_s = time.monotonic()
        if began_s < self._not_before_s:
            return
        with translated(self._plan.cls, "state_dict"):
            state = loop.state_dict()
        try:
            write_state(self._path, state)
        except TypeError as error:
            raise InputError(f"{self._plan.name}: {error}") from error
        now_s = time.monotonic()
        self._not_before_s = now_s + (now_s - began_s) / _LARGEST_SHARE_OF_SAVING
