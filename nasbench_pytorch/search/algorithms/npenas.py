"""NPENAS: evolution in which a predictor chooses the offspring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from nasbench_pytorch.search.algorithms.predictor_search import PredictorSearch
from nasbench_pytorch.space import mutate_notebook

if TYPE_CHECKING:
    from nasbench_pytorch.space import ModelSpec


@dataclass(eq=False, repr=False, kw_only=True)
class Npenas(PredictorSearch):
    """NPENAS-NP: the best of 100 mutations by a predictor's mean.

    `acquisition="its"` chooses by independent Thompson sampling, as NPENAS-BO does. The authors' network for it
    predicts a mean and a spread; here both are the predictor's own.

    The default predictor is the Gaussian process of `predictors/`, not the authors' graph network. With hundreds of
    cells it is the more accurate one here, and a fit takes .1 s. `predictor="graph_network"` (a graph isomorphism
    network, 300 epochs) is closest to the publication; a fit takes 15 s, and 150 evaluations take three minutes.

    Args:
        candidates: the cells that may be proposed.
        seed: decides everything random.
        predictor: a name of `predictors.PREDICTORS`.
        acquisition: `mean` (NPENAS-NP), `its` (NPENAS-BO), `ucb` or `ei`.
        sampler: the first cells: `notebook`, as in the authors' first case, or `uniform`, as in their second. The
            mutation is that of their first case in both.
        initial: number of random cells at the start.
        batch: evaluations for each fit.
        pool: mutations to choose from: those of the best cell, then of the next best while fewer than `pool` are new.
        parents: largest number of cells to mutate.
        epochs: budget of every proposal.

    Known cells are passed over. The authors' code compares lists of paths instead, as naszilla does; see `Bananas`.

    Raises:
        InputError: see `PredictorSearch`.

    Source: Wei et al. 2020 (arXiv 2003.12857); auroua/NPENASv1, `nas_lib/algos/predictor.py`,
    `nas_lib/data/data_nasbench.py`.
    """

    name: ClassVar[str] = "npenas"
    cut_pool: ClassVar[bool] = True
    predictor: str = "gaussian_process"
    acquisition: str = "mean"
    parents: int = 50

    @override
    def mutated(self, parent: ModelSpec) -> ModelSpec:
        """Mutate as the original's notebook does: three edges and one operation on average."""
        return mutate_notebook(self.candidates.space, parent, self.rng)
