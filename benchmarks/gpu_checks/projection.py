"""Time of the Inception-like cell's 108 epochs, from one real epoch of `run_training` on the device.

The published table has 1,156 s for them (row 28cfc7874f6d200472e1a9dcd8650aa0, on a TPU; without evaluations, as
here). Images are random, which changes no speed.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import torch

from benchmarks.gpu_checks.findings import first_line
from benchmarks.gpu_checks.images import random_images
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import Skeleton, named_cell
from nasbench_pytorch.training import Recipe, run_training

if TYPE_CHECKING:
    from benchmarks.gpu_checks.findings import Findings
    from benchmarks.gpu_checks.settings import Settings

PUBLISHED_S = 1156.0
EPOCHS, IMAGES = 108, 40_000
COMPILATION_S = 40.0
"""Expected at first; a compilation that takes longer may reach the deadline."""
WAYS: dict[str, dict[str, bool]] = {
    "as it comes": {},
    "prefetched batches": {"prefetch": True},
    "compiled, prefetched batches": {"prefetch": True, "compile": True},
}


def run(findings: Findings) -> None:
    """Train one epoch in each precision and way, the default precision first; compilation last, since it is slow."""
    settings = findings.settings
    data = random_images(320, 64) if settings.tiny else random_images(IMAGES, 2560)
    slowest_s = 0.0
    for precision, way in _combinations(settings):
        execution, name = WAYS[way], f"{precision}, {way}"
        expected_s = 1.2 * slowest_s + (COMPILATION_S if "compile" in execution else 0.0)
        if findings.remaining_s() < expected_s:
            findings.leave_out(name, f"takes about {expected_s:.0f} s, {findings.remaining_s():.0f} s are left")
            continue
        before_s = findings.remaining_s()
        try:
            findings.add(name, _epoch(precision, execution, data, findings))
        except (InputError, torch.OutOfMemoryError) as error:  # such as a machine that cannot compile
            findings.leave_out(name, first_line(error))
        except Exception as error:  # the other ways can still be measured
            traceback.print_exc()
            findings.fail(name, first_line(error))
        if "compile" not in execution:
            slowest_s = max(slowest_s, before_s - findings.remaining_s())


def _combinations(settings: Settings) -> list[tuple[str, str]]:
    """Return precisions and ways in the order in which they are measured."""
    *others, compiled = WAYS
    wanted = [(precision, way) for precision in settings.precisions for way in others]
    return wanted if settings.tiny else [*wanted, *((precision, compiled) for precision in settings.precisions)]


def _epoch(precision: Any, execution: dict[str, bool], data: Any, findings: Findings) -> dict[str, Any]:
    settings = findings.settings
    recipe = Recipe(
        epochs=1,
        batch_size=settings.batch_size,
        evaluation_batch_size=settings.batch_size,
        evaluation_points=(1.0,),
        learning_rate=0.02,  # random labels at the full rate may end in NaN
        max_attempts=1,
        precision=precision,
    )
    skeleton = Skeleton(**settings.skeleton)
    spec = named_cell("inception").spec
    result = run_training(
        spec, data, recipe, skeleton=skeleton, device=settings.device, progress="none", **execution
    ).result
    if result.status != "complete":
        findings.fail(f"the epoch in {precision}", f"its status is {result.status}")
    images = recipe.total_steps(len(data.train)) * recipe.batch_size
    seconds = EPOCHS * IMAGES * result.training_time_s / images
    found = {"images_per_s": round(images / result.training_time_s, 1), "projected_s": round(seconds, 1)}
    # A tiny network says nothing about the published one.
    return found if settings.tiny else {**found, "of_published": round(seconds / PUBLISHED_S, 3)}
