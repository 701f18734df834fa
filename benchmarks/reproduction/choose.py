"""Choice of the cells to retrain, by a seed: cheap cells, spread over FLOPs and over long-training accuracy.

The choice ignores the 4-epoch accuracy, which is compared later: the extremes of a noisy value would regress to the
mean and look like a disagreement.

    python -m benchmarks.reproduction.choose SAMPLE.csv
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np

from nasbench_pytorch.files import write_json
from nasbench_pytorch.space import ModelSpec
from nasbench_pytorch.space.costs.channels import compute_vertex_channels
from nasbench_pytorch.space.costs.one_cell import IMAGE_SIZE, count_flops
from nasbench_pytorch.space.operations import CONV1X1, CONV3X3, MAXPOOL3X3
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON

CELLS = Path(__file__).parents[2] / "docs" / "results" / "reproduction" / "cells.json"
SEED = 101
CHEAPEST = 0.01
"""Share of the sample that is cheap enough to retrain on two CPU cores, by the estimate below."""
MS_PER_GFLOP, MS_PER_CONV_MEGAELEMENT, MS_PER_POOL_MEGAELEMENT = 9.8, 7.6, 3.5
"""Cost of one training image on one thread in bfloat16, a least-squares fit to 14 cells: a cell of few FLOPs but many
poolings is not cheap on a CPU. Elements are the outputs of all convolutions and poolings of the network."""
CELLS_12_EPOCHS = CELLS.with_name("cells-12-epochs.json")
LONGER = 4
"""Number of the chosen cells that are also trained at 12 epochs."""
LISTS = {4: CELLS, 12: CELLS_12_EPOCHS}
"""Epochs → file that lists the cells to train: a JSON list of cells, or of hashes of cells of the first list."""
LISTED = ("hash", "matrix", "ops", "gflops", "parameters", "cpu_ms_per_image")
FLOPS_STRATA, ACCURACY_STRATA = 4, 5


def read_sample(path: Path) -> list[dict[str, Any]]:
    """Read the cells of the sample with their published validation accuracies (one repeat each) and FLOPs."""
    cells = []
    with path.open() as lines:
        for row in csv.DictReader(lines):
            size = int(row["vertices"])
            matrix = np.array([int(digit) for digit in row["adjacency_rowmajor"]]).reshape(size, size)
            spec = ModelSpec(matrix, row["ops"].split(";"))
            published = {epochs: float(row[f"val_{epochs}"]) for epochs in (4, 12, 36, 108)}
            cells.append(
                {
                    "hash": row["hash"],
                    "matrix": matrix.tolist(),
                    "ops": row["ops"].split(";"),
                    "gflops": count_flops(spec) / 1e9,
                    "cpu_ms_per_image": estimated_ms(spec),
                    "parameters": int(row["trainable_parameters"]),
                    "published_validation": published,
                }
            )
    return cells


def estimated_ms(spec: ModelSpec) -> float:
    """Estimate the cost of one training image, to find the cheap cells."""
    cell = spec.pruned()
    pooled = convolved = 0
    for stack, _, in_channels, out_channels in NASBENCH101_SKELETON.modules():
        pixels = (IMAGE_SIZE >> stack) ** 2
        channels = compute_vertex_channels(in_channels, out_channels, cell.matrix)
        for vertex, operation in enumerate(cell.ops):
            elements = pixels * channels[vertex]
            pooled += elements if operation == MAXPOOL3X3 else 0
            convolved += elements if operation in (CONV1X1, CONV3X3) else 0
            convolved += elements if vertex > 0 and cell.matrix[0, vertex] else 0
    return (
        MS_PER_GFLOP * count_flops(spec) / 1e9
        + MS_PER_CONV_MEGAELEMENT * convolved / 1e6
        + MS_PER_POOL_MEGAELEMENT * pooled / 1e6
    )


def choose(cells: list[dict[str, Any]], seed: int = SEED) -> list[dict[str, Any]]:
    """Choose one cell of each stratum (FLOPs × accuracy within those FLOPs), in random order, so that the first cells
    of the list are spread out too."""
    generator = np.random.default_rng(seed)
    cheap = sorted(cells, key=lambda cell: (cell["cpu_ms_per_image"], cell["hash"]))[: round(CHEAPEST * len(cells))]
    cheap.sort(key=lambda cell: (cell["gflops"], cell["hash"]))
    chosen = []
    for by_flops in np.array_split(np.arange(len(cheap)), FLOPS_STRATA):
        by_accuracy = sorted((cheap[index] for index in by_flops), key=_long_accuracy)
        strata = np.array_split(np.arange(len(by_accuracy)), ACCURACY_STRATA)
        chosen += [by_accuracy[generator.choice(stratum)] for stratum in strata]
    return [chosen[index] for index in generator.permutation(len(chosen))]


def choose_longer(chosen: list[dict[str, Any]]) -> list[str]:
    """Choose the cells to train at 12 epochs too, the best ones at 36 and 108; return their hashes.

    The choice ignores the accuracy at 12 epochs, which is compared later.
    """
    return [cell["hash"] for cell in sorted(chosen, key=_long_accuracy)[-LONGER:]]


def result_path(module_hash: str, epochs: int) -> Path:
    """Return the file of a listed cell's training."""
    return CELLS.with_name(f"{module_hash}.json" if epochs == 4 else f"{module_hash}-{epochs}-epochs.json")


def _long_accuracy(cell: dict[str, Any]) -> tuple[float, str]:
    published = cell["published_validation"]
    return (published[36] + published[108]) / 2, cell["hash"]


if __name__ == "__main__":
    cells = choose(read_sample(Path(sys.argv[1])))
    write_json(CELLS_12_EPOCHS, choose_longer(cells))
    # The list does not contain the published values; the report reads them from the sample.
    write_json(CELLS, [{key: cell[key] for key in LISTED} for cell in cells])
    print(f"{len(cells)} cells written to {CELLS}")
