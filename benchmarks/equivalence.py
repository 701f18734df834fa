"""Claim: neither bfloat16 nor the fast execution changes the final accuracy of a training, to within ±.02.

Three ways to run the same training: plain float32 (projections and parameters one by one, NCHW), fast float32 (the
default) and fast bfloat16. Pairs have the same cell, seed, initial weights, crops and flips. Rounding errors grow
during a training until two runs are two independent draws, so no test can demand equality. The test is for equivalence:
two one-sided t-tests at 5 %, or the 90 % interval of the mean difference within the margin (Schuirmann 1987).

Random cells of the whole space on a small skeleton (stem 8, 3 stacks × 1 module), 10,000 training images of CIFAR-10,
4 epochs of batch 64 as two shards. Running statistics keep .98 a step instead of .997, which reduces the noise between
seeds. Validation accuracy on 4,992 images. The script can be stopped and restarted at any time; it adds its results to
results/equivalence.json.

    python benchmarks/equivalence.py CIFAR10_FOLDER
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from scipy import stats

from nasbench_pytorch.files import write_json
from nasbench_pytorch.model import Network
from nasbench_pytorch.space import ModelSpec, enumerate_cells, sample_distinct
from nasbench_pytorch.space.skeleton import Skeleton
from nasbench_pytorch.training import Recipe, Task, Trainer, load_data
from nasbench_pytorch.training.loop.attempt import Attempt
from nasbench_pytorch.training.loop.seeds import WEIGHTS_STREAM, derived_seed
from nasbench_pytorch.training.output.checkpointer import Checkpointer
from nasbench_pytorch.training.output.checkpoints import TrainingState
from nasbench_pytorch.training.output.reporters import SilentReporter
from nasbench_pytorch.training.runtime.interrupts import StopRequest

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.images import ImageData

RESULTS = Path(__file__).parent / "results" / "equivalence.json"
MARGIN = 0.02
CELLS, SEEDS = 12, 2
SKELETON = Skeleton(stem_out_channels=8, num_modules_per_stack=1)
RECIPE = Recipe(epochs=4, batch_size=64, batch_norm_decay=0.98, evaluation_batch_size=256)
TRAINING_IMAGES, EVALUATION_IMAGES = 10_000, 4_992
WAYS = ("plain float32", "fast float32", "fast bfloat16")
COMPARISONS = (("fast float32", "plain float32"), ("fast bfloat16", "fast float32"))


def load(data_root: str) -> ImageData:
    """Load the small data set; only a batch of train and test images is evaluated, since only validation counts."""
    data = load_data("cifar10", RECIPE, data_root, download=False)
    return dataclasses.replace(
        data,
        train=data.train.take(TRAINING_IMAGES),
        validation=data.validation.take(EVALUATION_IMAGES),
        train_eval=data.train.take(256),
        test=data.test.take(256),
    )


def final_accuracy(spec: ModelSpec, data: ImageData, seed: int, way: str) -> float:
    """Train once; return the final validation accuracy."""
    plain = way.startswith("plain")
    recipe = dataclasses.replace(RECIPE, precision="bfloat16" if way.endswith("bfloat16") else "float32")
    network = Network(spec, **vars(SKELETON), batch_norm_decay=recipe.batch_norm_decay).fast_(not plain)
    network.reset_parameters(torch.Generator().manual_seed(derived_seed(seed, 1, WEIGHTS_STREAM)))
    trainer = Trainer(network, recipe, recipe.total_steps(len(data.train)), foreach=not plain)
    task, state = Task(spec, data, recipe, SKELETON, seed), TrainingState()
    no_checkpoints = Checkpointer(None, {}, interval_s=float("inf"))
    Attempt(trainer, task, state, no_checkpoints, SilentReporter(), StopRequest()).run()
    accuracy = state.evaluations[-1].validation_accuracy
    assert accuracy is not None
    return accuracy


def equivalence(differences: list[float]) -> dict[str, Any]:
    """Do two one-sided t-tests of the mean difference against ±MARGIN; return them with the 90 % interval."""
    values = np.array(differences)
    error = stats.sem(values)
    mean = values.mean()
    half_width = stats.t.ppf(0.95, len(values) - 1) * error
    p_value = stats.t.sf((MARGIN - abs(mean)) / error, len(values) - 1)
    return {
        "pairs": len(values),
        "mean_difference": float(mean),
        "interval_90": [float(mean - half_width), float(mean + half_width)],
        "standard_deviation_of_a_difference": float(values.std(ddof=1)),
        "p_value": float(p_value),
        "equivalent_within_margin": bool(abs(mean) + half_width < MARGIN),
    }


def report(trainings: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Return the statistics of each comparison over the complete pairs."""
    found = {}
    for first, second in COMPARISONS:
        differences = [ways[first] - ways[second] for ways in trainings.values() if first in ways and second in ways]
        if len(differences) > 2:
            found[f"{first} - {second}"] = equivalence(differences)
    return found


def main() -> None:
    torch.set_num_threads(1)
    data = load(sys.argv[1])
    cells = sample_distinct(enumerate_cells(), CELLS, np.random.default_rng(7))
    trainings: dict[str, dict[str, float]] = {}
    if RESULTS.exists():
        trainings = json.loads(RESULTS.read_text())["validation_accuracy"]
    for seed in range(SEEDS):
        for spec in cells:
            ways = trainings.setdefault(f"{spec.hash_spec()} seed {seed}", {})
            for way in WAYS:
                if way in ways:
                    continue
                began_s = time.monotonic()
                ways[way] = final_accuracy(spec, data, seed, way)
                print(f"{spec.hash_spec()} seed {seed} {way}: {ways[way]:.4f}, {time.monotonic() - began_s:.0f} s")
                write_json(
                    RESULTS,
                    {
                        "margin": MARGIN,
                        "recipe": RECIPE.to_dict(),
                        "skeleton": vars(SKELETON),
                        "training_images": TRAINING_IMAGES,
                        "torch": torch.__version__,
                        "comparisons": report(trainings),
                        "validation_accuracy": trainings,
                    },
                )
    table = Table("comparison", "pairs", "mean", "90 % interval", "sd", "within ±.02")
    for name, row in report(trainings).items():
        low, high = row["interval_90"]
        sd = row["standard_deviation_of_a_difference"]
        table.add_row(
            name,
            str(row["pairs"]),
            f"{row['mean_difference']:+.4f}",
            f"{low:+.4f} to {high:+.4f}",
            f"{sd:.4f}",
            "yes" if row["equivalent_within_margin"] else "no",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
