"""Predictors by their names, with the settings that suit hundreds to thousands of cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors.boosted_trees import BoostedTrees
from nasbench_pytorch.predictors.ensemble import CrossFittedEnsemble
from nasbench_pytorch.predictors.gaussian_process import GaussianProcess
from nasbench_pytorch.predictors.graph_network import GraphNetwork
from nasbench_pytorch.predictors.path_networks import PathNetworks
from nasbench_pytorch.predictors.random_forest import RandomForest
from nasbench_pytorch.suggestions import unknown_name

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.protocol import Predictor


def _boosted_trees(seed: int) -> BoostedTrees:
    return BoostedTrees(members=4, iterations=150, learning_rate=0.08, seed=seed)


def _graph_network(seed: int) -> GraphNetwork:
    return GraphNetwork(members=2, batch_size=64, learning_rate=3e-3, least_steps=300, seed=seed)


def _ensemble(seed: int) -> CrossFittedEnsemble:
    trees = BoostedTrees(iterations=150, learning_rate=0.08, seed=seed)  # the folds are members enough
    return CrossFittedEnsemble([GaussianProcess(seed=seed), trees], seed=seed)


PREDICTORS: dict[str, Callable[[int], Predictor]] = {
    "gaussian_process": lambda seed: GaussianProcess(seed=seed),
    "boosted_trees": _boosted_trees,
    "random_forest": lambda seed: RandomForest(seed=seed),
    "graph_network": _graph_network,
    "path_networks": lambda seed: PathNetworks(seed=seed),
    "ensemble": _ensemble,
}
"""Name → function that makes an unfitted predictor of a seed."""


def make_predictor(name: str, seed: int = 0) -> Predictor:
    """Return an unfitted predictor.

    Args:
        name: a key of `PREDICTORS`.
        seed: decides everything random.

    Raises:
        InputError: there is no such predictor; the message lists all. Or the seed is below 0.
    """
    if name not in PREDICTORS:
        raise unknown_name("predictor", name, PREDICTORS)
    if seed < 0:
        raise InputError(f"the seed must be at least 0, got {seed}")
    return PREDICTORS[name](seed)
