"""Write docs/results/predicted.md from the numbers that `evaluate`, `random_search` and `choose_stream` measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nasbench_pytorch.files import atomic_write

RESULTS = Path(__file__).parent.parent.parent / "docs" / "results"
BUDGETS = ("4", "12", "36", "108")


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def single_trainings(result: dict[str, Any]) -> str:
    """Return the table of agreement with single trainings of cells kept out."""
    singles, ceilings = result["single_trainings"], result["ceilings"]
    names = [*(f"single_validation_{epochs}" for epochs in BUDGETS[:3]), "best_of_three_validation_108"]
    kinds = ["one training"] * 3 + ["best of three"]
    errors = singles["mean_absolute_error"]
    rows = [
        [epochs, kind, *(f"{value:.3f}" for value in (kendall, ceilings[name])), f"{errors[epochs]:.4f}"]
        for epochs, kind, name, kendall in zip(BUDGETS, kinds, names, singles["kendall"].values(), strict=True)
    ]
    return table(["epochs", "measured", "Kendall's τ", "ceiling by noise", "mean absolute error"], rows)


def quantiles(result: dict[str, Any]) -> str:
    """Return the table of quantiles of the mean test accuracy."""
    pairs = result["mean_test"]["quantiles"]
    plain = result["quantiles_without_facts"]
    rows = [
        [f"{100 * float(share):g} %", f"{true:.4f}", f"{predicted:.4f}", f"{plain[share]:.4f}"]
        for share, (predicted, true) in pairs.items()
    ]
    return table(["share of cells below", "true", "predicted table", "without these facts"], rows)


def tail(result: dict[str, Any]) -> str:
    """Return the table of the cells that are predicted best."""
    of = result["mean_test"]["tail"]
    shown = ("true_mean_of_top", "true_mean_of_true_top", "true_best_of_top")
    rows = [[f"{int(count):,}", *(f"{of[name][count]:.4f}" for name in shown)] for count in of["true_mean_of_top"]]
    return table(
        ["cells predicted best", "their true mean", "mean of as many truly best", "true best among them"], rows
    )


def random_search(search: dict[str, Any], streams: dict[str, Any]) -> str:
    """Return the table of random search beside the published curves."""
    clock = [f"{seconds:.0f}" for seconds in search["clock_s"]]
    shown = [clock.index(name) for name in ("20000", "100000", "500000", "1000000")]
    rows = [
        ["published", kind, *(f"{search['published'][clock[at]][kind]:.3f}" for at in shown)]
        for kind in ("validation", "test")
    ]
    for name, samplers in search["tables"].items():
        for sampler, regrets in samplers.items():
            rows += [[f"{name}, {sampler}", kind, *(f"{regrets[kind][at]:.3f}" for at in shown)] for kind in regrets]
    for kind, spread in streams["spread"].items():
        values = [f"{spread['mean'][at]:.3f} ± {spread['sd'][at]:.3f}" for at in shown]
        rows.append([f"semireal, encoding A, {streams['count']} streams", kind, *values])
    return table(["table and sampler", "regret of", "2e4 s", "1e5 s", "5e5 s", "1e6 s"], rows)


def main() -> None:
    """Fill the page's template."""
    names = ("predicted", "random_search", "semireal_streams")
    result, search, streams = (json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")) for name in names)
    mean_test = result["mean_test"]
    template = (Path(__file__).parent / "report.md").read_text(encoding="utf-8")
    values = {
        "SINGLE_TRAININGS": single_trainings(result),
        "QUANTILES": quantiles(result),
        "TAIL": tail(result),
        "RANDOM_SEARCH": random_search(search, streams),
        "CELLS": f"{mean_test['cells']:,}",
        "KENDALL": f"{mean_test['kendall']:.3f}",
        "SPEARMAN": f"{mean_test['spearman']:.3f}",
        "NOT_UNDONE": f"{result['kendall_selection_not_undone']:.3f}",
        "WITH_FAILURES": f"{mean_test['kendall_with_failures_drawn']:.3f}",
        "CEILING_MEAN_TEST": f"{result['ceilings']['mean_test_108']:.3f}",
        "ERROR": f"{mean_test['mean_absolute_error_above_85']:.4f}",
        "TIME_ERROR": f"{100 * result['single_trainings']['time_median_relative_error']:.1f} %",
        "FAILURE_AUC": f"{result['single_trainings']['failure_auc']:.2f}",
        "FAILED_AUC": f"{result['failed_cells_auc']:.2f}",
        "BEST": f"{mean_test['best'][0]:.4f}",
        "TRUE_BEST": f"{mean_test['best'][1]:.4f}",
        "AT_LEAST_94": str(mean_test["at_least_94"][0]),
        "TRUE_AT_LEAST_94": str(mean_test["at_least_94"][1]),
        "NEAR_BEST": str(mean_test["within_two_points"][0]),
        "TRUE_NEAR_BEST": str(mean_test["within_two_points"][1]),
        "RANK_OF_BEST": f"{mean_test['tail']['rank_of_the_best']:,}",
        "FIT_MINUTES": f"{result['fit_seconds'] / 60:.0f}",
        "BYTES": f"{result['shipped_bytes'] / 1e6:.1f}",
        "BYTES_A_CELL": f"{result['shipped_bytes'] / 423_624:.1f}",
        "UNIFORM_FLOOR": f"{search['floors']['uniform over cells'][1]:.2f} %",
        "STREAM": str(streams["chosen"]["stream"]),
        "STREAMS": str(streams["count"]),
    }
    for name, value in values.items():
        template = template.replace(f"{{{{{name}}}}}", value)
    assert "{{" not in template, template[template.index("{{") :][:40]
    with atomic_write(RESULTS / "predicted.md", "w") as stream:
        stream.write(template)


if __name__ == "__main__":
    main()
