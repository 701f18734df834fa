"""BANANAS: Bayesian optimisation with an ensemble of networks on the path encoding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from nasbench_pytorch.search.algorithms.predictor_search import PredictorSearch
from nasbench_pytorch.space import mutate_places

if TYPE_CHECKING:
    from nasbench_pytorch.space import ModelSpec


@dataclass(eq=False, repr=False, kw_only=True)
class Bananas(PredictorSearch):
    """BANANAS with the settings of its authors' code. 150 evaluations take three seconds with the default predictor.

    Two things differ from naszilla. Here a cell is known if an isomorphic one was proposed. naszilla compares lists of
    paths, and skips a new cell with a known list; 71 % of all cells share their list with another. And mutations that
    a table lacks are skipped.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        predictor: a name of `predictors.PREDICTORS`. `path_networks` is the published ensemble: five networks of ten
            layers of 20 units on the 40 shortest paths.
        acquisition: `its` (independent Thompson sampling), `ucb`, `ei` or `mean`.
        sampler: the first cells: `notebook` (random matrices, as published) or `uniform`.
        initial: number of random cells at the start.
        batch: evaluations for each fit.
        pool: mutations of the best cell to choose from; where fewer than `pool` are new, the next best cell's follow.
        parents: largest number of cells to mutate.
        epochs: budget of every proposal.

    Raises:
        InputError: see `PredictorSearch`.

    Source: White et al. 2021 (arXiv 1910.11858); naszilla/naszilla, `nas_algorithms.py`, `nas_benchmarks.py`,
    `params.py`.
    """

    name: ClassVar[str] = "bananas"
    predictor: str = "path_networks"
    acquisition: str = "its"
    parents: int = 5

    @override
    def mutated(self, parent: ModelSpec) -> ModelSpec:
        """Flip one edge and replace one operation on average, as naszilla does."""
        vertices = self.candidates.space.bounds.max_vertices
        edges = vertices * (vertices - 1) // 2
        return mutate_places(self.candidates.space, parent, self.rng, 1 / edges, 1 / max(vertices - 2, 1))
