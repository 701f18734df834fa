"""Proxies compared on samples of cells, always beside parameters, FLOPs and the count of 3×3 convolutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.proxies.ranking import SMALLEST_SAMPLE, RankStatistics, rank_statistics
from nasbench_pytorch.proxies.registry import BASELINES
from nasbench_pytorch.proxies.samples import SampleName, sample_rows
from nasbench_pytorch.space.costs_in_skeleton import space_costs
from nasbench_pytorch.space.encodings import operation_counts
from nasbench_pytorch.space.operations import CONV3X3
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.jobs import CellScore
    from nasbench_pytorch.space.search_space import SearchSpace

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SampleEvaluation:
    """The proxies on one sample.

    Attributes:
        sample: name of the sample.
        drawn: number of cells or draws of the sample.
        used: number of these that have an accuracy and a value of every proxy; all proxies are compared on them.
        statistics: of each proxy and baseline that has at least 10 finite values among these.
    """

    sample: SampleName
    drawn: int
    used: int
    statistics: dict[str, RankStatistics]


def evaluate_proxies(
    space: SearchSpace,
    accuracies: npt.ArrayLike,
    scores: Mapping[str, npt.ArrayLike],
    samples: Sequence[SampleName] = ("uniform", "notebook", "distinct", "first"),
    *,
    count: int = 1000,
    seed: int = 0,
    resamples: int = 1000,
    skeleton: Skeleton = NASBENCH101_SKELETON,
) -> list[SampleEvaluation]:
    """Compare proxies with accuracies on samples of a space.

    Args:
        space: N cells.
        accuracies: shape (N,); NaN where a cell has none.
        scores: by proxy, shape (N,); NaN where a cell has not been scored; a value that is not finite is ±inf.
        samples: the samples.
        count: number of cells or draws of a sample.
        seed: seed of samples and bootstrap.
        resamples: bootstrap samples; `all` has none, since it is the population.
        skeleton: skeleton of the baselines' parameters and FLOPs.

    Raises:
        InputError: a column has another length than the space, or a sample is unknown or too large.
    """
    truth = np.asarray(accuracies, np.float64)
    columns = {**baseline_columns(space, skeleton), **{name: np.asarray(column) for name, column in scores.items()}}
    for name, column in {"accuracies": truth, **columns}.items():
        if column.shape != (len(space),):
            raise InputError(f"{name} has the shape {column.shape}, and the space has {len(space):,} cells")
    usable = np.isfinite(truth) & np.all([~np.isnan(column) for column in columns.values()], axis=0)
    evaluations = []
    for sample in samples:
        drawn = sample_rows(space, sample, count, seed)
        rows = drawn[usable[drawn]]
        statistics = {
            name: rank_statistics(column[rows], truth[rows], 0 if sample == "all" else resamples, seed)
            for name, column in columns.items()
            if np.isfinite(column[rows]).sum() >= SMALLEST_SAMPLE
        }
        evaluations.append(SampleEvaluation(sample, len(drawn), len(rows), statistics))
    return evaluations


def baseline_columns(space: SearchSpace, skeleton: Skeleton = NASBENCH101_SKELETON) -> dict[str, Floats]:
    """Return parameters, FLOPs and the count of 3×3 convolutions of every cell of a space."""
    parameters, flops = space_costs(space, skeleton)
    if CONV3X3 in space.bounds.operations:
        convolutions = operation_counts(space)[:, space.bounds.operations.index(CONV3X3)].astype(np.int64)
    else:
        convolutions = np.zeros(len(space), np.int64)
    values = (parameters, flops, convolutions)
    return {name: np.asarray(column, np.float64) for name, column in zip(BASELINES, values, strict=True)}


def score_columns(space: SearchSpace, scores: Sequence[CellScore]) -> dict[str, Floats]:
    """Return scores as columns of a space, the mean over seeds; NaN for cells without a score.

    A value that is NaN in the file becomes −inf: it was scored, and is not finite. Cells outside of the space are left
    out.
    """
    names = dict.fromkeys(name for score in scores for name in score.values)
    totals = {name: np.zeros(len(space)) for name in names}
    counts = {name: np.zeros(len(space), np.int64) for name in names}
    for score in scores:
        row = space.find(score.hash)
        if row is not None:
            for name, value in score.values.items():
                totals[name][row] += -np.inf if np.isnan(value) else value
                counts[name][row] += 1
    with np.errstate(all="ignore"):
        return {name: np.where(counts[name], totals[name] / counts[name], np.nan) for name in names}
