"""Write `docs/results/gpu.md` from the results of `benchmarks.gpu`.

Usage: `python -m benchmarks.gpu_checks.page`. It reads `results/gpu.json`, a run of all parts, and
`results/gpu_repeated.json`, a later run of some of them, whose results count.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.gpu_checks.settings import PRECISIONS
from benchmarks.ways_to_step import WAYS
from nasbench_pytorch.files import atomic_write

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
TEXT = Path(__file__).with_name("page.md")
PAGE = ROOT / "docs" / "results" / "gpu.md"

Parts = dict[str, dict[str, Any]]


def main() -> None:
    whole, repeated = (json.loads((RESULTS / f"{name}.json").read_text())["parts"] for name in ("gpu", "gpu_repeated"))
    latest: Parts = {**whole, **repeated}
    sections = {
        "MACHINE": _machine(latest["machine"]["results"]),
        "CHECKS": _checks(latest),
        "FIRST-STEP": _first_step(latest["first-step"]["results"]),
        "PROJECTION": _projection([whole["projection"]["results"], repeated["projection"]["results"]]),
        "RATES": _rates(whole["rates"]["results"]),
        "SHARDS": _shards(whole["shard-cost"]["results"]),
        "AT-ONCE": _at_once(whole["at-once"]["results"]),
        "LEFT-OUT": _left_out(latest),
    }
    text = TEXT.read_text(encoding="utf-8")
    for name, section in sections.items():
        text = text.replace(f"<!-- {name} -->", section)
    with atomic_write(PAGE, "w") as stream:
        stream.write(text)


def _table(headings: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [headings, ["---"] * len(headings), *rows])


def _machine(results: dict[str, Any]) -> str:
    environment, card = results["environment"], results["card"]
    products = ", ".join(f"{results[f'matrix products in {name}']['TFLOP/s']:.0f} in {name}" for name in PRECISIONS)
    return (
        f"{environment['device_name']} (driver {results['driver']['driver_version']}, CUDA {card['cuda']}), "
        f"{environment['cores']} CPU cores, Python {environment['python']}, torch {environment['torch']}. Matrix "
        f"products reach {products} TFLOP/s."
    )


def _checks(parts: Parts) -> str:
    golden = parts["golden"]["results"]
    forward = {name: found for name, found in golden.items() if name.startswith("forward")}
    steps = {name: found for name, found in golden.items() if name.startswith("ten steps")}
    shards = [found["value"] for name, found in parts["shards"]["results"].items() if name.startswith("two shards")]
    resumed = [found for name, found in parts["resume"]["results"].items() if "resumed" in name]
    different, numbers = (sum(found[what] for found in resumed) for what in ("different", "numbers"))
    rows = [
        ["tests marked `gpu`", parts["tests"]["results"]["pytest"]],
        ["float64, forward and gradients, 12 cells", _golden(forward)],
        ["float64, ten training steps, 12 cells", _golden(steps)],
        [
            "two batch-norm shards beside two replicas, float64",
            f"largest relative error {max(shards):.0e}; 1e-8 allowed",
        ],
        ["stopped by a signal and resumed, two cells, three precisions", f"{different} of {numbers} numbers differ"],
    ]
    return _table(["check", "result"], rows)


def _golden(found: dict[str, Any]) -> str:
    comparisons = sum(one["comparisons"] for one in found.values())
    return f"{comparisons:,} comparisons; the worst took {max(map(_share, found.values())):.2g} of its limit"


def _share(found: dict[str, Any]) -> float:
    share: float = found["share of its limit"]
    return share


def _first_step(results: dict[str, Any]) -> str:
    rows = []
    for precision in PRECISIONS:
        row = [precision]
        for what in ("logits", "loss"):
            (found,) = (value for name, value in results.items() if name.startswith(f"{what} in {precision}"))
            row += [f"{found['value']:.2g}", f"{found['limit']:.2g}"]
        of_step = results[f"relative error of step 0's loss in {precision}"]
        rows.append([*row, f"{of_step:.1e}"])
    return _table(["precision", "logits", "allowed", "loss", "allowed", "loss of step 0, relative"], rows)


def _projection(runs: list[dict[str, Any]]) -> str:
    names = dict.fromkeys(name for run in runs for name in run)
    rows = [
        [name, *(_seconds(run.get(name)) for run in runs), *(_times(run.get(name)) for run in runs)] for name in names
    ]
    return _table(["precision, way", "first run, s", "second run, s", "of the table's 1,156 s", "second run"], rows)


def _seconds(found: dict[str, Any] | None) -> str:
    return "" if found is None else f"{found['projected_s']:,.0f}"


def _times(found: dict[str, Any] | None) -> str:
    return "" if found is None else f"{found['of_published']:.2f}"


def _rates(results: dict[str, Any]) -> str:
    cells = dict.fromkeys(name.split(", ")[0] for name in results)
    rows = []
    for cell in cells:
        for precision in PRECISIONS:
            found = {way: results.get(f"{cell}, {precision}, {way}") for way in WAYS}
            fast = found["channels-last"]
            rates = ["" if one is None else f"{one['images_per_s']:,.0f}" for one in found.values()]
            graph = found["graph"] or {}
            rows.append(
                [
                    cell, precision, *rates, f"{fast['predecessor_images_per_s']:,.0f}",
                    f"{fast['times_the_predecessor']:.2f}", f"{graph['times_the_predecessor']:.2f}",
                    f"{fast['peak_memory_bytes'] / 1e9:.1f}", f"{fast['predecessor_peak_memory_bytes'] / 1e9:.1f}",
                ]
            )  # fmt: skip
    headings = ["cell", "precision", *WAYS, "1.3.1", "channels-last / 1.3.1", "graph / 1.3.1", "GB", "GB, 1.3.1"]
    return _table(headings, rows)


def _shards(results: dict[str, Any]) -> str:
    rows = [
        [name, f"{found['step_ms']:.1f}", f"{found['peak_memory_bytes'] / 1e9:.1f}"] for name, found in results.items()
    ]
    return _table(["", "ms a step", "GB"], rows)


def _at_once(results: dict[str, Any]) -> str:
    counts = list(next(iter(results.values()))["images_per_s of"])
    rows = [[name, *(f"{found['images_per_s of'][count]:,.0f}" for count in counts)] for name, found in results.items()]
    return _table(["trainings at once", *counts], rows)


def _left_out(parts: Parts) -> str:
    lines = [
        f"- {part}: {name} ({reason})" for part, found in parts.items() for name, reason in found["left_out"].items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
