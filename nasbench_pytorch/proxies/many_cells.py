"""Scores of many cells: in several processes, into a file, resumable."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.devices import resolve_device
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import known_suffix
from nasbench_pytorch.proxies.jobs import CellScore, Job, Scorer
from nasbench_pytorch.proxies.journal import Journal, check_settings
from nasbench_pytorch.proxies.one_network import NamedProxies, resolve_proxies
from nasbench_pytorch.proxies.runners import Runner, run_here
from nasbench_pytorch.proxies.score_file import SUFFIXES, ScoreTable, merge_scores, read_scores, write_scores
from nasbench_pytorch.proxies.settings import ScoringSettings
from nasbench_pytorch.space.costs.one_cell import count_parameters

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.proxies.batch import Batch
    from nasbench_pytorch.space.spec import ModelSpec


@dataclass(frozen=True)
class ScoringReport:
    """Outcome of a scoring.

    Attributes:
        table: all values of the score file.
        scored: number of pairs of cell and seed that this call scored.
        found: number of pairs that the file or its journal held already.
        not_finite: number of values that are not finite, by proxy; they are kept in the file.
    """

    table: ScoreTable
    scored: int
    found: int
    not_finite: dict[str, int]


def score_cells(
    cells: Iterable[ModelSpec],
    proxies: NamedProxies,
    batches: Mapping[int, Batch],
    out: str | Path,
    settings: ScoringSettings | None = None,
    *,
    run: Runner = run_here,
    device: str = "cpu",
    progress: Progress | None = None,
) -> ScoringReport:
    """Score cells, each with each seed, and write a score file.

    Every score is appended to a journal beside the file. After a kill, the same call continues. Further cells, seeds or
    proxies are added to a finished file; the settings must be the same.

    Args:
        cells: the cells; isomorphic ones count once, and the first is scored.
        proxies: names of `PROXIES`, or a dictionary of functions of (network, batch).
        batches: batch of each seed; the seed also decides the weights.
        out: the score file: .csv, .arrow or .parquet.
        settings: settings of the networks; NAS-Bench-101's if None. Batches must have its size.
        run: where jobs run, such as `run_in_processes(4)`.
        device: where networks are scored, such as `cuda`. Weights, images and draws are those of the CPU, so values
            differ by rounding alone.
        progress: receives the number of scores that are finished.

    Raises:
        InputError: a proxy is unknown, a cell does not fit the skeleton, a batch is too small, the machine lacks the
            device, or the file has other settings.
        OSError: the file cannot be written.
    """
    settings = ScoringSettings() if settings is None else settings
    resolved = resolve_proxies(proxies)
    path = Path(out)
    known_suffix(path, SUFFIXES)
    by_hash = _checked_cells(cells, settings)
    for seed, batch in batches.items():
        if len(batch) != settings.batch_size:
            raise InputError(
                f"the batch of seed {seed} has {len(batch)} images, the settings say {settings.batch_size}"
            )
        for proxy in resolved:
            proxy.check(batch)
    names = tuple(proxy.name for proxy in resolved)
    finished = _finished_scores(path, settings)
    with Journal(path, settings) as journal:
        before = merge_scores([*finished, *journal.scores])
        jobs = _missing(by_hash, names, tuple(batches), before)
        scorer = Scorer(settings, {proxy.name: proxy for proxy in resolved}, batches, str(resolve_device(device)))
        total = len(by_hash) * len(batches)
        scores = run(scorer, jobs) if jobs else iter(())
        for number, score in enumerate(scores, start=total - len(jobs) + 1):
            journal.append(score)
            if progress is not None:
                progress(number, total)
        table = ScoreTable(settings, _in_order([*finished, *journal.scores], [*by_hash]))
        if not table.scores:
            raise InputError("there is no cell to score")
        write_scores(path, table)
        journal.remove()
    wanted = [score for score in table.scores if score.hash in by_hash and score.seed in batches]
    not_finite = Counter(name for score in wanted for name in names if not math.isfinite(score.values.get(name, 0.0)))
    return ScoringReport(table, len(jobs), total - len(jobs), dict(not_finite))


def _checked_cells(cells: Iterable[ModelSpec], settings: ScoringSettings) -> dict[str, ModelSpec]:
    by_hash: dict[str, ModelSpec] = {}
    for spec in cells:
        by_hash.setdefault(spec.hash_spec(), spec)
    for module_hash, spec in by_hash.items():
        _check_width(module_hash, spec, settings)
    return by_hash


def _check_width(module_hash: str, spec: ModelSpec, settings: ScoringSettings) -> None:
    try:
        count_parameters(spec, settings.skeleton)
    except InputError as error:
        raise InputError(f"cell {module_hash}: {error}") from None


def _finished_scores(path: Path, settings: ScoringSettings) -> Sequence[CellScore]:
    """Return what the score file holds already."""
    if not path.exists():
        return []
    table = read_scores(path)
    check_settings(table.settings.columns(), settings, path)
    return table.scores


def _in_order(scores: Sequence[CellScore], asked: Sequence[str]) -> list[CellScore]:
    """Return the scores by cell and seed: the cells that are asked for first, in their order, then those found."""
    position = {
        module_hash: number for number, module_hash in enumerate(dict.fromkeys([*asked, *(s.hash for s in scores)]))
    }
    return sorted(merge_scores(scores), key=lambda score: (position[score.hash], score.seed))


def _missing(
    cells: Mapping[str, ModelSpec], names: tuple[str, ...], seeds: tuple[int, ...], before: Iterable[CellScore]
) -> list[Job]:
    found = {(score.hash, score.seed): score.values for score in before}
    jobs = []
    for module_hash, spec in cells.items():
        for seed in seeds:
            missing = tuple(name for name in names if name not in found.get((module_hash, seed), {}))
            if missing:
                jobs.append(Job(module_hash, spec, seed, missing))
    return jobs
