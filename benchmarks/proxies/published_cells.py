"""Score the cells whose scores others have published, in their setting as far as it is known; `check.py` compares.

Claim: on the same cells our values order as the published ones do (see `docs/results/proxies.md`). One core takes about
half an hour for a seed; a killed run goes on.

Usage: `python -m benchmarks.proxies.published_cells DATA_FOLDER`, a folder with `cifar10/` and with NASLib's values in
`proxies/proxies_published.csv` and `proxies/zen_published.csv`.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import torch

from nasbench_pytorch.datasets import load_cifar10
from nasbench_pytorch.progress import progress_bar
from nasbench_pytorch.proxies import ScoringSettings, draw_batch, score_cells
from nasbench_pytorch.space import ModelSpec, cell_by_hash

SCORES = Path(__file__).parent / "scores"

PUBLISHED_SETTING = ScoringSettings(batch_size=32, initialization="nasbench-pytorch-1.3")
"""NASLib's correlation runs: batches of 32, networks of nasbench-pytorch 1.3.1."""

ELEVEN = (
    "params", "flops", "l2_norm", "synflow", "grad_norm", "snip", "fisher", "plain", "jacov", "epe_nas", "conv3x3", "nwot",
)  # fmt: skip
"""The published proxies of 146 cells but grasp, and two more that cost nothing."""

ZEN_CELLS = 200
GRASP_CELLS = 40
SEEDS = (0, 1, 2)


def published(data: Path, name: str) -> dict[str, dict[str, str]]:
    """Return the rows of a published file by hash; of repeated cells the last row."""
    with (data / "proxies" / name).open() as stream:
        return {row["hash"]: row for row in csv.DictReader(stream)}


def zen_cells(data: Path) -> list[str]:
    """Return the hashes of 200 of the published 5,075 cells, drawn with seed 0."""
    hashes = sorted(published(data, "zen_published.csv"))
    return [hashes[row] for row in np.random.default_rng(0).choice(len(hashes), ZEN_CELLS, replace=False)]


def main(data: Path) -> None:
    torch.set_num_threads(1)
    SCORES.mkdir(exist_ok=True)
    images = load_cifar10(data / "cifar10", download=False).train
    eleven = [cell_by_hash(module_hash) for module_hash in published(data, "proxies_published.csv")]
    jobs: list[tuple[str, list[ModelSpec], tuple[str, ...], int]] = [("eleven", eleven, ELEVEN, 0)]
    jobs.append(("zen", [cell_by_hash(module_hash) for module_hash in zen_cells(data)], ("zen", "params", "flops"), 0))
    jobs += [("eleven", eleven, ELEVEN, seed) for seed in SEEDS[1:]]
    jobs += [("grasp", eleven[:GRASP_CELLS], ("grasp",), seed) for seed in SEEDS]
    for name, cells, proxies, seed in jobs:
        out = SCORES / f"published_{name}_seed{seed}.csv"
        batch = draw_batch(images, PUBLISHED_SETTING.batch_size, seed)
        with progress_bar(out.name, in_bytes=False) as progress:
            report = score_cells(cells, proxies, {seed: batch}, out, PUBLISHED_SETTING, progress=progress)
        print(f"{out.name}: {report.scored} scored, {report.found} found", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
