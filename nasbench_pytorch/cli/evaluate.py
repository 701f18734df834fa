"""`nasbench evaluate`: evaluate a finished run again and print the result below the recorded one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import tyro

from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training.recipe import Recipe


@dataclass(frozen=True)
class _Arguments:
    folder: tyro.conf.Positional[Path]
    """Run folder of a finished training."""
    data_root: Path = Path("data")
    """Folder with CIFAR-10 in any supported layout; not used for a run on digits."""
    device: str = "auto"
    """Device: auto (CUDA if available, else CPU), cpu, cuda, cuda:1, …"""
    threads: int | None = None
    """CPU threads; if omitted, torch's setting."""


def main(arguments: list[str]) -> None:
    parsed = parse(_Arguments, arguments, "nasbench evaluate", "Evaluate a finished run again.")

    from nasbench_pytorch.cli.shared.result_text import evaluation_table
    from nasbench_pytorch.training import evaluate_run, load_run

    run = load_run(parsed.folder)
    if run.network is None:
        raise InputError(f"{parsed.folder} holds a failed run; there are no weights to evaluate")
    again = evaluate_run(run, parsed.data_root, device=parsed.device, threads=parsed.threads)
    recipe = Recipe.from_dict(run.result.recipe)
    print(f"cell {run.result.hash or '(outside the table)'}, {recipe.epochs} epochs, status {run.result.status}")
    print("recorded:")
    print("\n".join(evaluation_table(run.result.evaluations[-1:])))
    print("now:")
    print("\n".join(evaluation_table([again])))
