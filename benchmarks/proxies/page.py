"""Write `docs/results/proxies.md` and its picture from the score files and the JSON results that exist.

Usage: `python -m benchmarks.proxies.page TRUE_MEANS`, the file with the mean test accuracy of all cells at 108 epochs
(`test_mean_108_all_cells.npz`: `correct_of_29952`, in hash order).
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from benchmarks.proxies.published_cells import SCORES
from benchmarks.proxies.uniform_cells import COUNT, PARTS
from nasbench_pytorch.files import atomic_write
from nasbench_pytorch.proxies import SampleEvaluation, evaluate_proxies, read_scores, score_columns
from nasbench_pytorch.space import SearchSpace, enumerate_cells

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.ranking import Interval
    from nasbench_pytorch.proxies.samples import SampleName

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "results" / "proxies.md"
PICTURE = PAGE.with_suffix(".png")
RESULTS = ROOT / "benchmarks" / "results"
TEXT = Path(__file__).parent / "page.md"

SUITE_ZERO = {
    "flops": ".36", "params": ".37", "l2_norm": ".50", "synflow": ".31", "snip": "−.19", "grad_norm": "−.25",
    "fisher": "−.28", "jacov": "−.29", "grasp": ".27", "plain": "−.32", "epe_nas": "0", "zen": ".59",
}  # fmt: skip
"""Krishnakumar et al. 2022 (NAS-Bench-Suite-Zero, arXiv 2210.03230): 1,000 uniform cells, signed."""

NASLIB = {
    "flops": ".763", "params": ".755", "l2_norm": ".537", "synflow": ".662", "snip": ".428", "grad_norm": ".348",
    "fisher": ".321", "jacov": "−.517", "grasp": "−.048", "plain": "−.030", "epe_nas": "−.167",
}  # fmt: skip
"""NASLib's correlation runs: 5 seeds × 200 draws of the notebook's sampler, batches of 32."""

SAMSUNG = {"synflow": ".372", "snip": ".164", "grad_norm": ".198", "fisher": ".257", "jacov": ".378", "grasp": ".448"}
"""Abdelfattah et al. 2021, the notebook of SamsungLabs/zero-cost-nas: all 423,624 cells, absolute values."""


def main(true_means: Path) -> None:
    space = enumerate_cells()
    accuracies = np.load(true_means)["correct_of_29952"] / 29952
    text = TEXT.read_text(encoding="utf-8")
    sections = {
        "BASELINES": _baselines(space, accuracies),
        "UNIFORM": _statistics(_evaluate(space, accuracies, "uniform_stem16", "uniform")),
        "SAMPLES": _samples(space, accuracies),
        "FULL": _full(space, accuracies),
        "PUBLISHED": _published(),
        "SPEED": _speed(),
        "TIMES": _times(),
    }
    for name, section in sections.items():
        text = text.replace(f"<!-- {name} -->", section)
    with atomic_write(PAGE, "w") as stream:
        stream.write(text)
    _draw(space, accuracies)


def _evaluate(
    space: SearchSpace, accuracies: npt.NDArray[np.float64], part: str, sample: SampleName
) -> SampleEvaluation | None:
    """Return the evaluation of a part's score file on a sample; None if there is none yet."""
    scores = [score for path in _files(part) for score in read_scores(path).scores]
    if not scores:
        return None
    columns = score_columns(space, scores)
    (evaluation,) = evaluate_proxies(
        space, accuracies, columns, [sample], count=COUNT, skeleton=PARTS[part].settings.skeleton
    )
    return evaluation


def _files(part: str) -> list[Path]:
    """Return the score files of a part; grasp's, once it is complete, goes with the uniform sample's."""
    names = [part]
    grasp = part.replace("uniform", "uniform_grasp")
    if grasp in PARTS and _complete(SCORES / f"{grasp}.csv", PARTS[grasp].count):
        names.append(grasp)
    return [path for name in names if (path := SCORES / f"{name}.csv").exists()]


def _complete(path: Path, count: int) -> bool:
    return path.exists() and len(read_scores(path).scores) >= count


def _table(headings: list[str], rows: list[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _number(value: float, digits: int = 3) -> str:
    if math.isnan(value):
        return "–"
    text = f"{abs(value):.{digits}f}"
    return ("−" if value < 0 else "") + text.removeprefix("0")


def _interval(interval: Interval) -> str:
    return f"{_number(interval[0], 2)} to {_number(interval[1], 2)}"


def _baselines(space: SearchSpace, accuracies: npt.NDArray[np.float64]) -> str:
    (evaluation,) = evaluate_proxies(space, accuracies, {}, ["all"])
    rows = [
        [name, _number(found.spearman, 4), _number(found.kendall, 4), _number(found.top_precision)]
        for name, found in evaluation.statistics.items()
    ]
    return _table(["count", "Spearman", "Kendall", "top 1 %"], rows)


def _statistics(evaluation: SampleEvaluation | None) -> str:
    if evaluation is None or not evaluation.statistics:
        return "Not measured yet."
    order = sorted(evaluation.statistics.items(), key=lambda item: -abs(item[1].spearman))
    rows = [
        [
            name, _number(found.spearman), _interval(found.spearman_interval), _number(found.kendall),
            _interval(found.kendall_interval), _number(found.top_precision, 2), str(found.not_finite),
            SUITE_ZERO.get(name, ""),
        ]
        for name, found in order
    ]  # fmt: skip
    headings = ["proxy", "Spearman", "95 %", "Kendall", "95 %", "top 1 %", "not finite", "published"]
    return f"{evaluation.used:,} cells.\n\n" + _table(headings, rows)


def _samples(space: SearchSpace, accuracies: npt.NDArray[np.float64]) -> str:
    chosen: dict[SampleName, str] = {
        "uniform": "uniform_stem16", "notebook": "distinct_stem16",
        "distinct": "distinct_stem16", "first": "first_stem16",
    }  # fmt: skip
    found = {sample: _evaluate(space, accuracies, part, sample) for sample, part in chosen.items()}
    measured = {sample: one for sample, one in found.items() if one is not None and one.statistics}
    if not measured:
        return "Not measured yet."
    names = dict.fromkeys(name for one in measured.values() for name in one.statistics)
    rows = [
        [
            name,
            *(_number(one.statistics[name].spearman) if name in one.statistics else "" for one in measured.values()),
            NASLIB.get(name, ""),
        ]
        for name in names
    ]
    return _table(["proxy", *(f"{sample} ({one.used:,})" for sample, one in measured.items()), "NASLib's draws"], rows)


def _full(space: SearchSpace, accuracies: npt.NDArray[np.float64]) -> str:
    full = _evaluate(space, accuracies, "uniform_full", "uniform")
    narrow = [path for path in (SCORES / "uniform_stem16.csv", SCORES / "uniform_grasp_stem16.csv") if path.exists()]
    if full is None or not full.statistics or not narrow:
        return "Not measured yet."
    # The same cells at stem 16.
    hashes = {score.hash for score in read_scores(SCORES / "uniform_full.csv").scores}
    scores = [score for path in narrow for score in read_scores(path).scores if score.hash in hashes]
    same = score_columns(space, scores)
    (other,) = evaluate_proxies(
        space, accuracies, same, ["uniform"], count=COUNT, skeleton=PARTS["uniform_stem16"].settings.skeleton
    )
    rows = [
        [
            name, _number(one.spearman), _interval(one.spearman_interval), _number(other.statistics[name].spearman),
            SUITE_ZERO.get(name, ""),
        ]
        for name, one in full.statistics.items()
        if name in other.statistics
    ]  # fmt: skip
    return f"{full.used:,} cells.\n\n" + _table(
        ["proxy", "full skeleton", "95 %", "stem 16, same cells", "published"], rows
    )


def _published() -> str:
    facts = _json("proxies_published.json")
    if facts is None:
        return "Not measured yet."
    rows = []
    for name, found in facts.items():
        selves = (found["published_between_draws"], found["ours_between_seeds"])
        row = [name, str(found["cells"]), str(found["seeds"]), _number(found["spearman"], 4)]
        rows.append([*row, *("" if value is None else _number(value) for value in selves)])
    headings = ["proxy", "cells", "our seeds", "ours and published", "published with itself", "ours with itself"]
    return _table(headings, rows)


def _speed() -> str:
    facts = _json("proxies.json")
    if facts is None:
        return "Not measured yet."
    rows = []
    for key, label in (
        ("networks_a_minute", "networks a minute"),
        ("networks_a_minute_of_cpu_time", "networks a minute of CPU time of both cores"),
    ):
        found = facts[key]
        rows.append([label, f"{found['own']:,}", f"{found['naslib']:,}", f"{found['own'] / found['naslib']:.1f}"])
    return _table(["", "this package", "NASLib's code", "ratio"], rows)


def _times() -> str:
    facts = _json("proxies_times.json")
    if facts is None:
        return "Not measured yet."
    times = facts["median_cpu_s"]
    return _table(["proxy", "CPU seconds"], [[name, f"{seconds:.2f}"] for name, seconds in times.items()])


def _json(name: str) -> Any:
    path = RESULTS / name
    return json.loads(path.read_text()) if path.exists() else None


def _draw(space: SearchSpace, accuracies: npt.NDArray[np.float64]) -> None:
    """Draw the proxies' values against the accuracies, uniformly drawn cells at stem 16."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    path = SCORES / "uniform_stem16.csv"
    if not path.exists():
        return
    columns = score_columns(space, read_scores(path).scores)
    names = (
        "zen", "synflow", "nwot", "l2_norm", "jacov", "grad_norm", "snip", "fisher", "zico", "swap", "meco", "plain",
    )  # fmt: skip
    figure, axes = plt.subplots(3, 4, figsize=(12, 8), sharey=True, layout="constrained")
    for axis, name in zip(axes.flat, names, strict=True):
        values = columns[name]
        shown = np.isfinite(values)
        axis.scatter(values[shown], accuracies[shown], s=4, alpha=0.5, linewidths=0)
        # Sums of squared gradients spread over orders of magnitude.
        scale = "log" if values[shown].min() > 0 and values[shown].max() > 20 * np.median(values[shown]) else "linear"
        axis.set(title=name, ylim=(0.8, 0.95), xscale=scale)
    figure.supylabel("mean test accuracy at 108 epochs")
    figure.savefig(PICTURE, dpi=80)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
