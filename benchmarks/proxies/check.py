"""Compare the scores of `published_cells.py` with the published ones, cell by cell, and write a JSON file.

Claim: rank correlation across cells of our value and the published one ≥ .999 for parameters and FLOPs, ≥ .99 for
l2_norm and synflow, ≥ .95 for zen; for the others as far as the proxy agrees with itself from seed to seed, which the
file gives beside: cells that were published for several draws, and our seeds.

Usage: `python -m benchmarks.proxies.check DATA_FOLDER`.
"""

from __future__ import annotations

import csv
import itertools
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.proxies.published_cells import SCORES
from nasbench_pytorch.files import write_json
from nasbench_pytorch.proxies import read_scores
from nasbench_pytorch.proxies.ranking import spearman

RESULT = Path(__file__).parent.parent / "results" / "proxies_published.json"

Values = dict[str, dict[str, list[float]]]
"""Proxy → hash → values."""


def published(data: Path) -> Values:
    """Return the published values, one for each draw of a cell."""
    values: Values = defaultdict(lambda: defaultdict(list))
    for file in ("proxies_published.csv", "zen_published.csv"):
        with (data / "proxies" / file).open() as stream:
            for row in csv.DictReader(stream):
                for name, value in row.items():
                    if name not in ("hash", "draw", "seconds", "val_accuracy"):
                        values[name][row["hash"]].append(float(value))
    return values


def own() -> Values:
    """Return our values, one for each seed."""
    values: Values = defaultdict(lambda: defaultdict(list))
    for file in sorted(SCORES.glob("published_*.csv")):
        for score in read_scores(file).scores:
            for name, value in score.values.items():
                values[name][score.hash].append(value)
    return values


def compare(ours: dict[str, list[float]], theirs: dict[str, list[float]]) -> dict[str, Any]:
    """Compare the values of one proxy on the cells that both have."""
    hashes = [module_hash for module_hash in ours if module_hash in theirs]
    means = [np.array([np.mean(side[module_hash]) for module_hash in hashes]) for side in (ours, theirs)]
    return {
        "cells": len(hashes),
        "seeds": max(len(ours[module_hash]) for module_hash in hashes),
        "spearman": round(spearman(*means), 4),
        "ours_between_seeds": _with_itself(ours),
        "published_between_draws": _with_itself(theirs),
    }


def _with_itself(values: dict[str, list[float]]) -> float | None:
    """Return the mean rank correlation between two values of the same cells; None if fewer than 20 cells have two."""
    found = []
    longest = max(map(len, values.values()))
    for one, other in itertools.combinations(range(longest), 2):
        pairs = np.array([[cell[one], cell[other]] for cell in values.values() if len(cell) > other])
        if len(pairs) >= 20:
            found.append(spearman(*pairs.T))
    return round(float(np.mean(found)), 4) if found else None


def main(data: Path) -> None:
    ours, theirs = own(), published(data)
    result = {name: compare(ours[name], theirs[name]) for name in theirs if ours.get(name)}
    for name, facts in result.items():
        print(f"{name:<10} {facts}")
    write_json(RESULT, result)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
