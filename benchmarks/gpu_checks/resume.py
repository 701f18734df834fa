"""A training on the device that is stopped and resumed gives the bits of one that was not.

Both run with cuDNN's deterministic algorithms. Where two trainings that were not stopped still differ, nothing can be
said about bits.
"""

from __future__ import annotations

import json
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from typing_extensions import override

from benchmarks.gpu_checks.images import random_images
from benchmarks.gpu_checks.settings import TINY_SKELETON
from nasbench_pytorch.space import Skeleton, named_cell
from nasbench_pytorch.training import Recipe, run_training
from nasbench_pytorch.training.output.reporters import SilentReporter
from nasbench_pytorch.training.runtime.interrupts import Interrupted

if TYPE_CHECKING:
    from benchmarks.gpu_checks.findings import Findings
    from nasbench_pytorch.datasets.images import ImageData

STOP_AFTER_STEP = 20
CELLS = ("resnet20", "inception")
"""Without and with 3×3 max pools, whose gradients a card may add in any order."""

LEAST_S = 5.0


class _StopReporter(SilentReporter):
    """Sends this process SIGTERM, as a scheduler does, after a step."""

    @override
    def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None:
        if step == STOP_AFTER_STEP:
            signal.raise_signal(signal.SIGTERM)


def run(findings: Findings) -> None:
    """Compare both trainings of each cell in every precision."""
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
    data = random_images(32 * 32, 64)
    for cell in CELLS[:1] if findings.settings.tiny else CELLS:
        for precision in findings.settings.precisions:
            if findings.remaining_s() < LEAST_S:
                findings.leave_out(f"{cell} in {precision}", f"{findings.remaining_s():.0f} s are left")
            else:
                _compare(findings, cell, precision, data)


def _compare(findings: Findings, cell: str, precision: Any, data: ImageData) -> None:
    recipe = Recipe(epochs=1, batch_size=32, evaluation_batch_size=32, learning_rate=0.05, precision=precision)
    skeleton = (
        Skeleton(**TINY_SKELETON) if findings.settings.tiny else Skeleton(stem_out_channels=32, num_modules_per_stack=1)
    )
    settings: dict[str, Any] = {"skeleton": skeleton, "device": findings.settings.device}
    spec, name = named_cell(cell).spec, f"{cell} stopped and resumed in {precision}"
    with tempfile.TemporaryDirectory() as folder:
        whole, again, parts = Path(folder, "whole"), Path(folder, "again"), Path(folder, "parts")
        for out in (whole, again):
            run_training(spec, data, recipe, out=out, progress="none", **settings)
        if _numbers(whole) != _numbers(again):
            findings.leave_out(name, "two trainings that were not stopped differ too: torch is not deterministic here")
            return
        try:
            run_training(spec, data, recipe, out=parts, progress=_StopReporter(), **settings)
        except Interrupted:
            run_training(spec, data, recipe, out=parts, progress="none", resume=True, **settings)
        else:
            findings.fail(name, "the training did not stop at SIGTERM")
            return
        one, other = _numbers(whole), _numbers(parts)
    different = [index for index, (left, right) in enumerate(zip(one, other, strict=True)) if left != right]
    findings.add(name, {"numbers": len(one), "different": len(different)})
    if different:
        first = different[0]
        findings.fail(name, f"{len(different)} of {len(one)} numbers differ, first {one[first]!r} and {other[first]!r}")


def _numbers(folder: Path) -> list[float]:
    """Return the losses of the history, and the losses and accuracies of the evaluations."""
    lines = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    evaluations = json.loads((folder / "results.json").read_text())["evaluations"]
    fields = [f"{part}_{what}" for part in ("train", "validation", "test") for what in ("accuracy", "loss")]
    return [line["loss"] for line in lines] + [evaluation[field] for evaluation in evaluations for field in fields]
