"""Write docs/results/search.md and its pictures from the numbers that `measure` and `true_test` wrote.

python -m benchmarks.search_results.report
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.search_results import true_test
from benchmarks.search_results.cases import CASES
from benchmarks.search_results.measure import result_path
from benchmarks.search_results.published import PUBLISHED_CURVES, TRUE_TEST, UNIFORM_REGRET
from nasbench_pytorch.files import atomic_write
from nasbench_pytorch.plots.figures import save_figure
from nasbench_pytorch.plots.regret import RegretCurve, regret_figure

PAGE = Path(__file__).parents[2] / "docs" / "results" / "search.md"
SPEED = Path(__file__).parents[1] / "results" / "search.json"
TABLES = ("semireal", "predicted")
COSTS = {
    "paper": (1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7),
    "naszilla": (10, 20, 50, 100, 150),
}
"""Protocol → costs in its tables: seconds, and queries."""

DRAWN = (
    "rs-uniform",
    "rs-encoding-a",
    "re-nas-benchmarks",
    "re-one-edit",
    "ls-naszilla",
    "reinforce-0.5",
    "hb-uniform",
)
"""Searches in the pictures, besides those that are not compiled; more curves could not be told apart."""

Result = dict[str, Any]


def main() -> None:
    """Write the page and the pictures."""
    template = Path(__file__).with_name("report.md").read_text(encoding="utf-8")
    filled = template
    results = {(table, protocol): read(table, protocol) for table in TABLES for protocol in COSTS}
    for (table, protocol), found in results.items():
        filled = filled.replace(f"{{{table}_{protocol}}}", regrets(found, COSTS[protocol]))
        draw(found, table, protocol)
    filled = filled.replace("{semireal_conduct}", conduct(results["semireal", "paper"]))
    filled = filled.replace("{effort}", effort(results))
    filled = filled.replace("{published}", published(results["semireal", "paper"]))
    filled = filled.replace("{true_test}", true_test_table())
    filled = filled.replace("{speed}", speed())
    for name, value in about_speed().items():
        filled = filled.replace(f"{{{name}}}", value)
    with atomic_write(PAGE, "w") as stream:
        stream.write(filled)


def read(table: str, protocol: str) -> dict[str, Result]:
    """Return the results that are there, in the order of `CASES`."""
    paths = {case.name: result_path(table, protocol, case.name) for case in CASES}
    return {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items() if path.exists()}


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def at_cost(result: Result, cost: float, values: Sequence[float | None]) -> str:
    """Return a curve's value at a cost, as text; empty where it has none."""
    places = [place for place, at in enumerate(result["at"]) if np.isclose(at, cost, rtol=1e-6)]
    value = values[places[0]] if places else None
    return "" if value is None else f"{value:.3f}"


def regrets(results: dict[str, Result], costs: Sequence[float]) -> str:
    """Return mean test regrets at some costs."""
    heads = [f"{cost:.0e}".replace("e+0", "e") if cost >= 1e4 else f"{cost:,.0f}" for cost in costs]
    rows = []
    for name, result in results.items():
        row = [at_cost(result, cost, result["test_regret"]["mean"]) for cost in costs]
        # A search with a smaller budget ends earlier.
        row.append(f"{result['final_mean']:.3f} ± {result['standard_error']:.3f}" if result["standard_error"] else "")
        rows.append([f"`{name}`", *row, f"{result['runs']:,}"])
    return markdown(["search", *heads, "at the end", "runs"], rows)


def conduct(results: dict[str, Result]) -> str:
    """Return how the searches behaved."""
    rows = []
    for name, result in results.items():
        counts, sampler = result["counts"], result["sampler"]
        proposals = counts["proposals"]
        shares = [f"{100 * counts[kind] / proposals:.1f} %" for kind in ("duplicates", "invalid")]
        evaluations = f"{counts['evaluations'] / result['runs']:,.0f}"
        rows.append([f"`{name}`", sampler, evaluations, *shares, f"{100 * result['at_optimum']:.1f} %"])
    heads = ["search", "first cells", "evaluations a run", "duplicates", "invalid", "runs that end at the best cell"]
    return markdown(heads, rows)


def effort(results: dict[tuple[str, str], dict[str, Result]]) -> str:
    """Return the runs, budgets and processor time of the searches that learn a model, both tables together."""
    rows = []
    for algorithm in dict.fromkeys(case.algorithm for case in CASES if case.runs is not None):
        row, minutes = [f"`{algorithm}`"], 0.0
        for protocol in COSTS:
            names = [case.name for case in CASES if case.algorithm == algorithm and protocol in case.protocols]
            found = [results[table, protocol][name] for table in TABLES for name in names]
            runs, cpu_s = sum(result["runs"] for result in found), sum(result["cpu_s"] for result in found)
            evaluations = sum(result["counts"]["evaluations"] for result in found)
            counts = dict.fromkeys(f"{result['runs']:,}" for result in found)
            row += [" and ".join(counts), _budget(found[0]["budget"]), f"{evaluations / runs:,.0f}"]
            row.append(f"{cpu_s / runs:.1f} s")
            minutes += cpu_s / 60
        rows.append([*row, f"{minutes:.0f} min"])
    heads = ["runs, each table", "to", "evaluations a run", "processor time a run"]
    return markdown(["search", *(f"`{p}`: {head}" for p in COSTS for head in heads), "in all"], rows)


def _budget(budget: dict[str, float]) -> str:
    if budget.get("seconds"):
        return f"{budget['seconds']:.0e} s".replace("e+0", "e")
    return f"{budget['evaluations']:,} queries"


def published(results: dict[str, Result]) -> str:
    """Return our curves on the semi-real table beside the published ones."""
    costs = (1e4, 1e5, 5e5, 1e6)
    rows = []
    for name, (case, curve) in PUBLISHED_CURVES.items():
        rows.append([f"{name}, published", *(f"{curve[cost][0]:.3f} / {curve[cost][1]:.3f}" for cost in costs)])
        if case in results:
            ours = results[case]
            curves = ours["test_regret"]["mean"], ours["observed_validation_regret_mean"]
            pairs = [[at_cost(ours, cost, curve) for curve in curves] for cost in costs]
            rows.append([f"`{case}` on semireal", *(" / ".join(pair) for pair in pairs)])
    return markdown(["test / validation regret in % after", "1e4 s", "1e5 s", "5e5 s", "1e6 s"], rows)


def true_test_table() -> str:
    """Return the searches on the true mean test accuracies beside other programs."""
    measured = json.loads(true_test.RESULTS.read_text(encoding="utf-8"))
    best = measured["best"]
    uniform = tuple(round(best - regret, 3) for regret in UNIFORM_REGRET)
    known = TRUE_TEST | {"random_search, uniform": uniform}
    rows = []
    for name, values in measured["searches"].items():
        numbers = [f"{m:.3f} ± {e:.3f}" for m, e in zip(values["mean"], values["standard_error"], strict=True)]
        rows.append([name, *numbers, f"{values['runs']:,}"])
        if name in known:
            digits = 3 if "uniform" in name else 2
            rows.append(["— another program", *(f"{value:.{digits}f}" for value in known[name]), "150"])
    heads = ["best of", *(f"{queries} queries" for queries in measured["queries"]), "runs"]
    return markdown(heads, rows)


def speed() -> str:
    """Return what `benchmarks/search.py` measured."""
    found = json.loads(SPEED.read_text(encoding="utf-8"))["measured"]
    rows = []
    for name, runs in found["runs"].items():
        times = found["proposals"][name]
        row = [f"{times['by_position_us']:.0f} µs", f"{times['by_spec_us']:.0f} µs"]
        rows.append([name, *row, f"{runs['wall_s']:.1f} s", f"{runs['cpu_s']:.1f} s", f"{runs['evaluations']:,}"])
    runs = next(iter(found["runs"].values()))["runs"]
    heads = ["", "ask + tell by position", "by spec", f"{runs} runs to 10⁷ s", "processor seconds", "evaluations"]
    return markdown(heads, rows)


def about_speed() -> dict[str, str]:
    """Return the numbers of `benchmarks/search.py` that stand in sentences."""
    found = json.loads(SPEED.read_text(encoding="utf-8"))["measured"]
    array, peer = found["array"], found["peer"]
    ours, theirs = peer["ours_cpu_s_a_run"], peer["naszilla_cpu_s_a_run"]
    return {
        "theirs_s": f"{theirs:.2f}",
        "ours_ms": f"{1e3 * ours:.1f}",
        "times_as_fast": f"{theirs / ours:.0f}",
        "queries_a_run": f"{peer['queries_a_run']:,}",
        "array_s": f"{array['cpu_s']:.0f}",
        "array_mb": f"{array['size_mb']:.0f}",
        "array_load_s": f"{array['load_s']:.1f}",
    }


def draw(results: dict[str, Result], table: str, protocol: str) -> None:
    """Draw the regret of some searches."""
    compiled = {name for name in results if name.startswith(("rs-", "re-", "ls-", "reinforce", "sh-", "hb-"))}
    chosen = [name for name in results if name in DRAWN or name not in compiled]
    curves = [
        RegretCurve(name, *(_fraction(results[name], key) for key in ("at", "mean", "low", "high"))) for name in chosen
    ]
    label = "simulated training time (s)" if protocol == "paper" else "queries"
    figure = regret_figure(
        curves, x_label=label, y_label="mean test regret", title=f"Mean and quartiles ({protocol}, {table})"
    )
    save_figure(figure, PAGE.with_name(f"search-{protocol}-{table}.png"))


def _fraction(result: Result, key: str) -> np.ndarray:
    if key == "at":
        return np.array(result["at"])
    return np.array([np.nan if value is None else value / 100 for value in result["test_regret"][key]])


if __name__ == "__main__":
    main()
