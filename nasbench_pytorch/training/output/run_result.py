"""Reading what a run measured: `results.json` and `history.jsonl`, without its weights."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from nasbench_pytorch.checksum import split_own_digest
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import read_limited
from nasbench_pytorch.records import RunResult, check_accuracies
from nasbench_pytorch.shapes import checked, read_json
from nasbench_pytorch.space.skeleton import Skeleton
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.training.recipe import Recipe

RESULTS, HISTORY = "results.json", "history.jsonl"
WEIGHTS_DIGEST = "weights_sha256"
"""Key of results.json: the digest of weights.safetensors."""

_LARGEST_HISTORY_BYTES = 1 << 28
_HISTORY_FIELDS = ("epochs", "loss", "learning_rate")


def read_run_result(folder: str | os.PathLike[str]) -> RunResult:
    """Return the measurements of a finished run; loads no torch.

    Raises:
        InputError: the folder holds no finished run, or `results.json` is damaged.
        OSError: the file cannot be read.
    """
    return read_results(Path(folder) / RESULTS)[0]


def read_results(path: Path) -> tuple[RunResult, str | None]:
    """Read a `results.json`.

    Returns:
        The measurements, and the SHA-256 of the weights; None in a run of an earlier version.

    Raises:
        InputError: there is no such file, or it is damaged.
    """
    if not path.exists():
        unfinished = path.with_name("checkpoint.pt").exists()
        hint = "; it holds an unfinished one: nasbench train --resume" if unfinished else ""
        raise InputError(f"{path.parent} holds no finished run (no {RESULTS}){hint}")
    content = read_json(path)
    try:
        result = RunResult.from_dict(content)
        for number, evaluation in enumerate(result.evaluations):
            check_accuracies(evaluation, f"evaluations[{number}]")
        if not result.evaluations and result.status != "failed":
            raise InputError("evaluations must not be empty")
        for key in ("name", "source"):
            checked(str, result.data.get(key), f"data.{key}")
        Recipe.from_dict(result.recipe)
        Skeleton.from_dict(result.skeleton)
        ModelSpec.from_dict(result.spec)
        # Runs of earlier versions have no digests.
        content, fits = split_own_digest(content)
        if fits is False:
            raise InputError("its content differs from its SHA-256")
    except InputError as error:
        raise InputError(f"{path} is damaged ({error}); restore it or train again") from None
    return result, content.get(WEIGHTS_DIGEST)


def read_history(folder: str | os.PathLike[str]) -> list[dict[str, float]]:
    """Return the loss and learning rate of a run every few steps; empty if the run has no history.

    Raises:
        InputError: `history.jsonl` is damaged; the message names the line.
        OSError: the file cannot be read.
    """
    path = Path(folder) / HISTORY
    if not path.exists():
        return []
    lines = read_limited(path, _LARGEST_HISTORY_BYTES, "a history").splitlines()
    return [_read_line(line, f"{path}, line {number}") for number, line in enumerate(lines, 1)]


def _read_line(line: bytes, name: str) -> dict[str, float]:
    try:
        return _checked_line(json.loads(line))
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, InputError) else "not JSON"
        raise InputError(f"{name}: {reason}; restore the file, or remove it") from None


def _checked_line(value: Any) -> dict[str, float]:
    if not isinstance(value, dict):
        raise InputError("not an object")
    for name in _HISTORY_FIELDS:
        number = value.get(name)
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise InputError(f"{name} must be a number, got {number!r:.60}")
        if name == "epochs" and not math.isfinite(number):
            raise InputError(f"epochs must be finite, got {number}")
    return value
