"""Score uniformly drawn cells, the notebook's draws and the first rows, for `docs/results/proxies.md`.

Claim: most proxies lose to the count of 3×3 convolutions on uniformly drawn cells (see the page). A killed run goes on;
`page.py` takes what is there. Times are of one core of a shared machine.

Usage: `python -m benchmarks.proxies.uniform_cells CIFAR10_FOLDER [PART …] [--device cuda]`; a part is a line of
`PARTS`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, NamedTuple

import torch

from benchmarks.proxies.published_cells import SCORES
from benchmarks.proxies.scoring import chosen_parts, score_in_pieces
from nasbench_pytorch.datasets import load_cifar10
from nasbench_pytorch.proxies import ScoringSettings, draw_batch, sample_rows
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


def main() -> None:
    cifar10, names, device = chosen_parts("folder with CIFAR-10", PARTS)
    torch.set_num_threads(1)
    SCORES.mkdir(exist_ok=True)
    images = load_cifar10(cifar10, download=False).train
    space = enumerate_cells()
    for name in names:
        part = PARTS[name]
        # Always the same sample; `count` only says how many of its cells are scored.
        rows = sample_rows(space, part.sample, COUNT)[: part.count]
        cells = [space[int(row)] for row in rows]
        batches = {0: draw_batch(images, part.settings.batch_size, 0)}
        out = SCORES / f"{name}.csv"
        score_in_pieces(cells, part.proxies, batches, out, part.settings, device=device, piece=PIECE)


if __name__ == "__main__":
    main()
