"""`nasbench evaluate`: evaluate a finished run again and set it beside what was recorded."""

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
    """Folder with CIFAR-10; not needed for a run on digits."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:1, …"""
    threads: int | None = None
    """CPU threads; torch's own choice if left out."""


def main(arguments: list[str]) -> None:
    given = parse(_Arguments, arguments, "nasbench evaluate", "Evaluate a finished run again.")

    from nasbench_pytorch.cli.shared.result_text import table_of
    from nasbench_pytorch.training import evaluate_run, load_run

    run = load_run(given.folder)
    if run.network is None:
        raise InputError(f"{given.folder} holds a failed run; there are no weights to evaluate")
    again = evaluate_run(run, given.data_root, device=given.device, threads=given.threads)
    recipe = Recipe.from_dict(run.result.recipe)
    print(f"cell {run.result.hash or '(outside the table)'}, {recipe.epochs} epochs, status {run.result.status}")
    print("recorded:")
    print("\n".join(table_of(run.result.evaluations[-1:])))
    print("now:")
    print("\n".join(table_of([again])))
