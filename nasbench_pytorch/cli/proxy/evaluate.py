"""`nasbench proxy evaluate`."""

from __future__ import annotations

import csv
import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import numpy as np
import tyro

from nasbench_pytorch.cli.proxy.skeletons import check_skeletons
from nasbench_pytorch.cli.shared.columns import table_lines
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton

if TYPE_CHECKING:
    import numpy.typing as npt

    from nasbench_pytorch.proxies.evaluation import SampleEvaluation
    from nasbench_pytorch.proxies.ranking import Interval, RankStatistics
    from nasbench_pytorch.space.search_space import SearchSpace


@dataclass(frozen=True)
class _Evaluate:
    scores: tyro.conf.Positional[tuple[Path, ...]] = ()
    """Score files; if a cell has several rows (seeds), their mean is used. Without a file, only the simple counts are
    shown."""
    table: str | None = None
    """The table: a name (see nasbench table list) or a file; by default the best one that is on this machine."""
    accuracies: Path | None = None
    """CSV file with the columns hash and accuracy, instead of a table."""
    metric: str = "test_accuracy"
    """Field of the table, as a mean over the repeats."""
    epochs: int | None = None
    """The budget; by default 108, or the largest of a table without 108."""
    samples: tuple[Literal["uniform", "notebook", "distinct", "first", "all"], ...] = (
        "uniform", "notebook", "distinct", "first", "all",
    )  # fmt: skip
    """Samples of the cells: uniform; the original notebook's draws, in which cells repeat; these draws, each cell once
    (distinct); the first rows; all. Cells without a score are left out."""
    count: Annotated[int, tyro.conf.arg(aliases=("--n", "-n"))] = 1000
    """Number of cells or draws of a sample."""
    sample_seed: int = 0
    """Seed of the samples, as in `nasbench proxy score`."""
    resamples: int = 1000
    """Bootstrap samples of the 95 % intervals; 0 for none."""
    other_skeleton: bool = False
    """Accept scores of another skeleton than the table's, such as a narrow stem's."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


class _Truth(NamedTuple):
    space: SearchSpace
    accuracies: npt.NDArray[np.float64]
    skeleton: Skeleton | None
    name: str


def evaluate(arguments: list[str]) -> None:
    """Compare scores with accuracies."""
    about = "Compare scores with accuracies on several samples of the cells, beside parameters, FLOPs and 3x3 counts."
    parsed = parse(_Evaluate, arguments, "nasbench proxy evaluate", about)
    check_json_path(parsed.json)
    if parsed.resamples < 0 or parsed.sample_seed < 0:
        raise InputError("--resamples and --sample-seed must be at least 0")
    from nasbench_pytorch.proxies.evaluation import evaluate_proxies, score_columns
    from nasbench_pytorch.proxies.score_file import read_scores

    tables = {path: read_scores(path) for path in parsed.scores}
    truth = _truth(parsed)
    if not parsed.other_skeleton:
        for path, table in tables.items():
            check_skeletons(path, table.settings.skeleton, truth.name, truth.skeleton)
    scores = [score for table in tables.values() for score in table.scores]
    columns = score_columns(truth.space, scores)
    # A sample is at most the whole table.
    count = min(parsed.count, len(truth.space))
    evaluations = evaluate_proxies(
        truth.space,
        truth.accuracies,
        columns,
        parsed.samples,
        count=count,
        seed=parsed.sample_seed,
        resamples=parsed.resamples,
        skeleton=truth.skeleton or NASBENCH101_SKELETON,
    )
    facts = {
        "accuracies": truth.name,
        "metric": parsed.metric,
        "cells": len(truth.space),
        "samples": [dataclasses.asdict(evaluation) for evaluation in evaluations],
    }
    if not write_result(parsed.json, facts):
        print_lines(f"{parsed.metric} of {truth.name}, {len(truth.space):,} cells")
        for evaluation in evaluations:
            print_lines("", *_lines(evaluation))
    if not any(evaluation.statistics for evaluation in evaluations):
        print_lines("note: no sample has 10 cells with an accuracy and all scores", file=sys.stderr)


def _truth(parsed: _Evaluate) -> _Truth:
    if parsed.accuracies is not None:
        if parsed.table is not None:
            raise InputError("--table and --accuracies both give accuracies; leave one out")
        return _accuracies_of_file(parsed.accuracies)
    from nasbench_pytorch.table import queries
    from nasbench_pytorch.table.nasbench import NASBench

    table = NASBench(parsed.table)
    epochs = queries.default_epochs(table.table) if parsed.epochs is None else parsed.epochs
    means, _ = queries.cell_means(table.table, parsed.metric, epochs)
    stored = table.table.metadata.skeleton
    skeleton = None if stored is None else Skeleton.from_dict(stored)
    return _Truth(table.space, means, skeleton, f"{table.table.path.name} at {epochs} epochs")


def _accuracies_of_file(path: Path) -> _Truth:
    """Read accuracies of cells of NAS-Bench-101 from a CSV file; cells that it lacks have none."""
    from nasbench_pytorch.space.enumerate import enumerate_cells

    space = enumerate_cells()
    accuracies = np.full(len(space), np.nan)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for number, row in enumerate(csv.DictReader(stream), start=2):
                found = space.find(str(row["hash"]).lower())
                if found is None:
                    raise InputError(f"{path} line {number}: '{row['hash']:.40}' is no hash of a NAS-Bench-101 cell")
                accuracies[found] = float(row["accuracy"])
    except KeyError as error:
        raise InputError(f"{path} has no column {error}; it needs the columns hash and accuracy") from None
    except (UnicodeDecodeError, csv.Error, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} cannot be read as CSV ({error})") from None
    if np.isnan(accuracies).all():
        raise InputError(f"{path} holds no accuracy")
    return _Truth(space, accuracies, None, path.name)


def _lines(evaluation: SampleEvaluation) -> list[str]:
    used = "" if evaluation.used == evaluation.drawn else f", {evaluation.used:,} of them with all values"
    noun = "draws" if evaluation.sample == "notebook" else "cells"
    title = f"{evaluation.sample}: {evaluation.drawn:,} {noun}{used}"
    if not evaluation.statistics:
        return [title]
    rows = [_row(name, statistics) for name, statistics in evaluation.statistics.items()]
    headings = ["proxy", "Spearman", "95 %", "Kendall", "95 %", "top 1 %", "not finite"]
    return [title, *table_lines(headings, rows, left=(0,))]


def _row(name: str, statistics: RankStatistics) -> list[str]:
    return [
        name,
        f"{statistics.spearman:.4f}",
        _interval(statistics.spearman_interval),
        f"{statistics.kendall:.4f}",
        _interval(statistics.kendall_interval),
        f"{statistics.top_precision:.3f}",
        str(statistics.not_finite),
    ]


def _interval(interval: Interval) -> str:
    low, high = interval
    return "-" if np.isnan(low) else f"{low:.3f} to {high:.3f}"
