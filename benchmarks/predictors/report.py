"""Write docs/results/predictors.md from the numbers that `measure` wrote, and values that others published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.predictors.measure import RESULTS, TRAIN_CELLS
from nasbench_pytorch.files import atomic_write

PAGE = Path(__file__).parents[2] / "docs" / "results" / "predictors.md"
NAMES = {
    "gaussian_process": "`gaussian_process`",
    "ensemble": "`ensemble` (Gaussian process and trees)",
    "graph_network": "`graph_network`",
    "boosted_trees": "`boosted_trees`",
    "random_forest": "`random_forest`",
    "path_networks": "`path_networks` (of BANANAS)",
    "plain_trees": "plain boosted trees on the usual encodings",
}
GOALS = {100: 0.70, 172: 0.74, 190: 0.75, 424: 0.76, 4236: 0.82}
PUBLISHED = (
    (
        "GATES (Ning et al. 2020)",
        "`gates`, all 42,363 test cells",
        "mean validation",
        {190: ".763", 4236: ".859 (3,812)"},
    ),
    ("GCN (in the same paper)", "`gates`, all 42,363 test cells", "mean validation", {190: ".53", 4236: ".83 (3,812)"}),
    ("MLP (in the same paper)", "`gates`, all 42,363 test cells", "mean validation", {190: ".40", 4236: ".73 (3,812)"}),
    (
        "Neural Predictor (Wen et al. 2020; as TNASP gives it)",
        "`tnasp`",
        "as in those papers",
        {100: ".39", 172: ".55", 424: ".71", 4236: ".77"},
    ),
    ("TNASP (Lu et al. 2021)", "`tnasp`", "as in that paper", {100: ".60", 172: ".67", 424: ".75", 4236: ".82"}),
    ("NAR-Former (Yi et al. 2023)", "`tnasp`", "as in that paper", {100: ".63", 172: ".65", 424: ".77", 4236: ".87"}),
)
"""Who, split, target, and Kendall's τ by the number of training cells, rounded by those who quote it."""


def main() -> None:
    """Write the page."""
    results = json.loads(RESULTS.read_text(encoding="utf-8"))
    means = {(row["model"], row["train_cells"]): row for row in results["means"] if row["split"] == "gates"}
    of_all = {(row["model"], row["train_cells"]): row for row in results["means"] if row["split"] == "tnasp"}
    template = Path(__file__).with_name("report.md").read_text(encoding="utf-8")
    filled = template.format(
        kendall=kendall(means),
        others=others(means),
        published=published(means, of_all),
        versions=", ".join(f"{name} {version}" for name, version in results["about"]["versions"].items()),
    )
    with atomic_write(PAGE, "w") as stream:
        stream.write(filled)


def kendall(means: dict[Any, dict[str, Any]]) -> str:
    """Return the table of Kendall's τ ± standard error."""
    head = ["predictor", *(f"{count:,}" for count in TRAIN_CELLS), "seeds"]
    rows = [["goal", *(f"{GOALS[count]:.2f}" for count in TRAIN_CELLS), ""]]
    for model, name in NAMES.items():
        cells = [_entry(means.get((model, count))) for count in TRAIN_CELLS]
        seeds = [means[model, count]["seeds"] for count in TRAIN_CELLS if (model, count) in means]
        rows.append([name, *cells, _range(seeds, "")])
    return _table(head, rows)


def others(means: dict[Any, dict[str, Any]]) -> str:
    """Return the table of Spearman's correlation, errors and times."""
    head = ["predictor", "Spearman, 172", "4,236", "mean absolute error, 172", "4,236", "fit, 172", "4,236"]
    rows = []
    for model, name in NAMES.items():
        pair = [means.get((model, count)) for count in (172, 4236)]
        kinds = [("spearman", "{:.3f}"), ("mean_absolute_error", "{:.4f}"), ("fit_cpu_s", "{:.1f} s")]
        rows.append(
            [
                name,
                *(
                    layout.format(row[key]) if row and row[key] is not None else "–"
                    for key, layout in kinds
                    for row in pair
                ),
            ]
        )
    return _table(head, rows)


def published(means: dict[Any, dict[str, Any]], of_all: dict[Any, dict[str, Any]]) -> str:
    """Return the table of published values, ours first."""
    head = ["", "split", "target", *(f"{count:,}" for count in TRAIN_CELLS)]
    rows = []
    for split, ours in (("gates", means), ("tnasp", of_all)):
        entries = [ours.get(("gaussian_process", count)) for count in TRAIN_CELLS]
        values = [f"{row['kendall']:.3f}" if row else "" for row in entries]
        rows.append(["`gaussian_process` here", f"`{split}`, 10,000 test cells", "mean test", *values])
    rows += [
        [who, split, target, *(of.get(count, "") for count in TRAIN_CELLS)] for who, split, target, of in PUBLISHED
    ]
    return _table(head, rows)


def _entry(row: dict[str, Any] | None) -> str:
    if row is None:
        return "–"
    error = row["standard_error"]
    return f"{row['kendall']:.3f}" + ("" if error is None else f" ± {error:.3f}")


def _range(numbers: list[int], default: str) -> str:
    if not numbers:
        return default
    return str(min(numbers)) if min(numbers) == max(numbers) else f"{min(numbers)}–{max(numbers)}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    main()
