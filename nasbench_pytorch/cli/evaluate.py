"""`nasbench evaluate`: evaluate a finished run again and print the result below the recorded one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import tyro

from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.interrupts import exit_at_ctrl_c
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.folders import data_folder
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.training.recipe import Recipe


@dataclass(frozen=True)
class _Arguments:
    folder: tyro.conf.Positional[Path]
    """Run folder of a finished training."""
    data_root: Path = field(default_factory=data_folder)
    """Folder with CIFAR-10 in any supported layout (NASBENCH_DATA_DIR, if set, is the default); not used for a run on
    digits."""
    device: str = "auto"
    """Device: auto (CUDA if available, else CPU), cpu, cuda, cuda:1, mps, …"""
    threads: int | None = None
    """CPU threads; if omitted, torch's setting."""
    json: Path | None = None
    """Print the recorded and the new evaluation as JSON; with the name of a .json file, write them there."""


def main(arguments: list[str]) -> None:
    parsed = parse(_Arguments, arguments, "nasbench evaluate", "Evaluate a finished run again.")
    check_json_path(parsed.json)
    with exit_at_ctrl_c():
        from nasbench_pytorch.cli.shared.result_text import evaluation_table
        from nasbench_pytorch.training import evaluate_run, load_run

    run = load_run(parsed.folder)
    if run.network is None:
        raise InputError(f"{parsed.folder} holds a failed run; there are no weights to evaluate")
    again = evaluate_run(run, parsed.data_root, device=parsed.device, threads=parsed.threads)
    recorded = run.result.evaluations[-1]
    both = {"recorded": dataclasses.asdict(recorded), "now": dataclasses.asdict(again)}
    if write_result(parsed.json, {"hash": run.result.hash, "status": run.result.status, **both}):
        return
    epochs = counted(Recipe.from_dict(run.result.recipe).epochs, "epoch")
    print_lines(
        f"cell {run.result.hash or '(outside the table)'}, {epochs}, status {run.result.status}",
        "recorded:",
        *evaluation_table([recorded]),
        "now:",
        *evaluation_table([again]),
    )
