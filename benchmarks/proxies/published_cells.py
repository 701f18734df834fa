"""Score the cells whose scores others have published, in their setting as far as it is known; `check.py` compares.

Claim: on the same cells our values order as the published ones do (see `docs/results/proxies.md`). One core takes about
a quarter of an hour for a seed. grasp takes it hours, and an H100 three minutes a seed. A killed run goes on.

Usage: `python -m benchmarks.proxies.published_cells DATA_FOLDER [PART …] [--device cuda]`, a folder with `cifar10/` and
with NASLib's values in `proxies/proxies_published.csv` and `proxies/zen_published.csv`. A part is a line of `PARTS`;
all by default.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from benchmarks.proxies.scoring import chosen_parts, score_in_pieces
from nasbench_pytorch.datasets import load_cifar10
from nasbench_pytorch.proxies import ScoringSettings, draw_batch
from nasbench_pytorch.space import cell_by_hash

SCORES = Path(__file__).parent / "scores"

SETTING = ScoringSettings(batch_size=32, initialization="nasbench-pytorch-1.3")
"""NASLib's correlation runs: batches of 32, networks of nasbench-pytorch 1.3.1."""

COUNTS = ("params", "flops", "conv3x3")
GRADIENTS = ("grad_norm", "snip", "fisher", "plain", "jacov", "epe_nas", "nwot")


class Part(NamedTuple):
    """Some proxies of some cells for a seed: of the published file's first cells, or of all."""

    file: str
    cells: int | None
    proxies: tuple[str, ...]
    seed: int


PARTS = {
    "eleven_seed0": Part("proxies_published.csv", None, (*COUNTS, "l2_norm", "synflow", *GRADIENTS), 0),
    "zen_seed0": Part("zen_published.csv", 200, (*COUNTS, "zen"), 0),
    "eleven_seed1": Part("proxies_published.csv", None, ("l2_norm", "synflow", *GRADIENTS), 1),
    "eleven_seed2": Part("proxies_published.csv", None, ("l2_norm", "synflow", *GRADIENTS), 2),
    "grasp_seed0": Part("proxies_published.csv", None, ("grasp",), 0),
    "grasp_seed1": Part("proxies_published.csv", None, ("grasp",), 1),
    "grasp_seed2": Part("proxies_published.csv", None, ("grasp",), 2),
}
"""In the order in which they run."""


def published_hashes(data: Path, file: str, count: int | None = None) -> list[str]:
    """Return the different hashes of a published file; `count` of them are drawn with seed 0."""
    with (data / "proxies" / file).open() as stream:
        hashes = list(dict.fromkeys(row["hash"] for row in csv.DictReader(stream)))
    if count is None:
        return hashes
    return [hashes[row] for row in np.random.default_rng(0).permutation(len(hashes))[:count]]


def main() -> None:
    data, names, device = chosen_parts("folder with cifar10/ and proxies/", PARTS)
    torch.set_num_threads(1)
    SCORES.mkdir(exist_ok=True)
    images = load_cifar10(data / "cifar10", download=False).train
    for name in names:
        part = PARTS[name]
        cells = [cell_by_hash(module_hash) for module_hash in published_hashes(data, part.file, part.cells)]
        batches = {part.seed: draw_batch(images, SETTING.batch_size, part.seed)}
        out = SCORES / f"published_{name}.csv"
        score_in_pieces(cells, part.proxies, batches, out, SETTING, device=device, piece=10)


if __name__ == "__main__":
    main()
