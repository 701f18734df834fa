"""Regularized evolution: the child of a tournament's winner joins the population, and the oldest cell leaves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.algorithms.compiled_algorithm import CompiledAlgorithm, Kernels
from nasbench_pytorch.search.algorithms.parameter_checks import check_at_least
from nasbench_pytorch.search.compiled import evolution
from nasbench_pytorch.search.compiled.draws import Sampler, draws_invalid_cells, sampler_number
from nasbench_pytorch.search.proposals import FULL_EPOCHS
from nasbench_pytorch.suggestions import unknown_name

if TYPE_CHECKING:
    from nasbench_pytorch.search.candidates import Candidates

Variant = Literal["one_edit", "nas_benchmarks", "notebook", "naszilla"]


class _Defaults(NamedTuple):
    """Settings of a variant, see `RegularizedEvolution`; flips are average numbers of edges and of operations."""

    sampler: Sampler
    move: int
    initial: int | None
    population: int
    tournament: int
    with_replacement: bool
    edge_flips: float
    operation_flips: float


_VARIANTS: dict[str, _Defaults] = {
    "one_edit": _Defaults("uniform", evolution.ONE_EDIT, None, 100, 10, True, 0, 0),
    "nas_benchmarks": _Defaults("encoding_a", evolution.ONE_PARAMETER, None, 100, 10, True, 0, 0),
    "notebook": _Defaults("notebook", evolution.FLIPS, None, 50, 10, False, 3, 1),
    "naszilla": _Defaults("notebook", evolution.FLIPS, 10, 30, 10, True, 1, 1),
}


class RegularizedEvolution(CompiledAlgorithm):
    """Regularized (aging) evolution in four variants.

    - `one_edit`: population 100, tournament of 10 with replacement. A child is a one-edit neighbour of its parent, each
      with the same probability. The first cells are uniform over cells.
    - `nas_benchmarks`: population 100, tournament of 10 with replacement. A child differs in one of the 26 parameters
      of encoding A, and its edges are counted before pruning. Invalid children join the population with accuracy 0, at
      no cost.
    - `notebook`: population 50, tournament of 10 without replacement. In the parent's unpruned matrix, each of the 21
      possible edges is flipped with probability rate/7 and each operation replaced with probability rate/5, until the
      child is a cell.
    - `naszilla`: begins with 10 different random cells, and the population grows to 30. Tournament of 10 with
      replacement; edges are flipped with probability rate/21 and operations replaced with probability rate/5. The child
      that fills the population removes the oldest cell, so a tournament sees at most 29 cells. The first cells differ
      as cells; in naszilla they differ in their lists of paths.

    Of equally good cells in a tournament, the first drawn wins; in `notebook`, the youngest.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        variant: one of the above.
        population: size of the population; None for the variant's.
        tournament: number of cells of which the best becomes the parent; None for the variant's.
        mutation_rate: factor of the probabilities of `notebook` and `naszilla`, above 0 and at most 5.
        sampler: how the first cells are drawn, see `RandomSearch`; None for the variant's.
        epochs: budget of every proposal.

    Raises:
        InputError: there is no such variant or sampler, a number is out of range, or a tournament without replacement
            is larger than the population.

    Source: Real et al. 2019 (arXiv 1802.01548); Ying et al. 2019 (arXiv 1902.09635) and automl/nas_benchmarks,
    `run_regularized_evolution.py`; google-research/nasbench, `NASBench.ipynb`; naszilla/naszilla, `nas_algorithms.py`.
    """

    name: ClassVar[str] = "regularized_evolution"
    kernels: ClassVar[Kernels] = evolution

    def __init__(
        self,
        candidates: Candidates,
        *,
        seed: int = 0,
        variant: Variant = "one_edit",
        population: int | None = None,
        tournament: int | None = None,
        mutation_rate: float = 1.0,
        sampler: Sampler | None = None,
        epochs: int = FULL_EPOCHS,
    ) -> None:
        if variant not in _VARIANTS:
            raise unknown_name("variant", variant, _VARIANTS)
        default = _VARIANTS[variant]
        self.variant = variant
        self.population = check_at_least("population", default.population if population is None else population)
        self.tournament = check_at_least("tournament", default.tournament if tournament is None else tournament)
        self.mutation_rate = mutation_rate
        self.sampler = default.sampler if sampler is None else sampler
        self.epochs = epochs
        if not default.with_replacement and self.tournament > self.population:
            raise InputError(
                f"a tournament of {self.tournament} different cells needs a population of at least as many, "
                f"got {self.population}; raise population, or lower tournament"
            )
        if not 0 < mutation_rate <= 5:
            raise InputError(f"mutation_rate must be above 0 and at most 5, got {mutation_rate}")
        rules = self._rules_of(default, candidates.space.bounds.max_vertices)
        with_neighbours = default.move == evolution.ONE_EDIT
        super().__init__(candidates, seed=seed, rules=rules, epochs=(epochs,), with_neighbours=with_neighbours)
        self.may_propose_invalid = default.move == evolution.ONE_PARAMETER or draws_invalid_cells(self.sampler)

    def _rules_of(self, default: _Defaults, max_vertices: int) -> evolution.Rules:
        grows = default.initial is not None
        return evolution.Rules(
            sampler=sampler_number(self.sampler),
            move=default.move,
            initial=min(default.initial or self.population, self.population),
            capacity=max(self.population, 2) if grows else self.population + 1,
            tournament=self.tournament,
            with_replacement=default.with_replacement,
            distinct_initial=grows,
            edge_probability=self.mutation_rate * default.edge_flips / (max_vertices * (max_vertices - 1) / 2),
            operation_probability=self.mutation_rate * default.operation_flips / max(max_vertices - 2, 1),
        )
