"""Score uniformly drawn cells, the notebook's draws and the first rows, for `docs/results/proxies.md`.

Claim: most proxies lose to the count of 3×3 convolutions on uniformly drawn cells (see the page). A killed run goes on;
`page.py` takes what is there. Times are of one core of a shared machine.

Usage: `python -m benchmarks.proxies.uniform_cells CIFAR10_FOLDER [PART …] [--device cuda]`; a part is a line of
`PARTS`.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch

from benchmarks.proxies.published_cells import SCORES
from nasbench_pytorch.datasets import load_cifar10
from nasbench_pytorch.proxies import ScoringSettings, draw_batch, sample_rows, score_cells
from nasbench_pytorch.space import NASBENCH101_SKELETON, enumerate_cells

if TYPE_CHECKING:
    from nasbench_pytorch.proxies.samples import SampleName

STEM16 = ScoringSettings(dataclasses.replace(NASBENCH101_SKELETON, stem_out_channels=16))
FULL = ScoringSettings()
FAST = (
    "conv1x1", "maxpool3x3", "edges", "depth", "grad_norm", "snip", "fisher", "plain", "synflow", "jacov", "epe_nas",
    "nwot", "zen", "zico", "l2_norm", "meco", "swap",
)  # fmt: skip
"""All proxies but grasp, which takes as long as all others together."""
COUNT = 1000
PIECE = 25


class Part(NamedTuple):
    """The first `count` cells of a sample, in a setting."""

    sample: SampleName
    count: int
    settings: ScoringSettings
    proxies: tuple[str, ...]


PARTS = {
    "uniform_stem16": Part("uniform", COUNT, STEM16, FAST),
    "distinct_stem16": Part("distinct", COUNT, STEM16, FAST),
    "first_stem16": Part("first", COUNT, STEM16, FAST),
    "uniform_full": Part("uniform", 200, FULL, tuple(name for name in FAST if name != "meco")),
    "uniform_grasp_stem16": Part("uniform", COUNT, STEM16, ("grasp",)),
    "uniform_grasp_full": Part("uniform", 200, FULL, ("grasp",)),
}
"""In the order in which they run."""


def main(cifar10: Path, names: list[str], device: str) -> None:
    torch.set_num_threads(1)
    SCORES.mkdir(exist_ok=True)
    images = load_cifar10(cifar10, download=False).train
    space = enumerate_cells()
    for name in names or PARTS:
        part = PARTS[name]
        # Always the same sample; `count` only says how many of its cells are scored.
        rows = sample_rows(space, part.sample, COUNT)[: part.count]
        cells = [space[int(row)] for row in rows]
        batches = {0: draw_batch(images, part.settings.batch_size, 0)}
        for stop in range(PIECE, len(cells) + PIECE, PIECE):
            report = score_cells(
                cells[:stop], part.proxies, batches, SCORES / f"{name}.csv", part.settings, device=device
            )
            if report.scored:
                print(f"{name}: {len(report.table.scores)} of {len(cells)}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("cifar10", type=Path, help="folder with CIFAR-10")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"all if omitted: {', '.join(PARTS)}")
    parser.add_argument("--device", default="cpu")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.parts if name not in PARTS]:
        parser.error(f"unknown part {unknown[0]}; there are: {', '.join(PARTS)}")
    main(chosen.cifar10, chosen.parts, chosen.device)
