"""The training of `nasbench train`: checks, data, run, result."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.cli.shared.interrupts import exit_at_ctrl_c
from nasbench_pytorch.cli.shared.json_output import write_result
from nasbench_pytorch.cli.train.arguments import TrainArguments, chosen_cell
from nasbench_pytorch.cli.train.text import header_lines, print_result, short_name
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import can_be_written
from nasbench_pytorch.printable import print_lines

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.images import ImageData
    from nasbench_pytorch.training.output.reporters import ProgressStyle, Reporter
    from nasbench_pytorch.training.preflight import SavedSettings
    from nasbench_pytorch.training.runtime.process_group import ProcessGroup


def train(parsed: TrainArguments, saved: SavedSettings | None, world: ProcessGroup) -> int:
    """Train the cell that the flags name, and return the exit code."""
    with exit_at_ctrl_c():
        from nasbench_pytorch.training import Interrupted, load_data, run_training
        from nasbench_pytorch.training.preflight import check_before_data
        from nasbench_pytorch.training.task import check_data

    from nasbench_pytorch.table.default_table import open_table

    with world.same_error_everywhere():
        cell, skeleton = chosen_cell(parsed, saved)
        # Opened before the training, so that a mistyped name is reported at once and not hours later.
        table = None if parsed.table is None or world.rank > 0 else open_table(parsed.table)
        out = parsed.out or Path("runs") / f"{short_name(cell)}-{parsed.recipe.epochs}ep-seed{parsed.seed}"
        machine = check_before_data(
            cell.spec,
            parsed.recipe,
            skeleton,
            dataset=parsed.dataset,
            device=parsed.device,
            threads=parsed.threads,
            out=out if world.rank == 0 else None,
            resume=parsed.resume,
            overwrite=parsed.overwrite,
            compile=parsed.compile,
            process_group=world,
        )
        if world.rank == 0:
            _check_tensorboard(parsed.tensorboard)
    data = world.rank_zero_first(lambda: load_data(parsed.dataset, parsed.recipe, parsed.data_root))
    with world.same_error_everywhere():
        check_data(parsed.recipe, skeleton, data)
    if world.rank == 0 and parsed.progress != "none":
        print_lines(*header_lines(parsed, cell, skeleton, data, machine, out), file=sys.stderr)
    try:
        run = run_training(
            cell.spec,
            data,
            parsed.recipe,
            skeleton=skeleton,
            seed=parsed.seed,
            device=parsed.device,
            threads=parsed.threads,
            out=out,
            resume=parsed.resume,
            overwrite=parsed.overwrite,
            with_sample_metrics=parsed.sample_metrics,
            progress=_reporter(parsed, data, world),
            compile=parsed.compile,
            prefetch=parsed.prefetch,
            world=world,
        )
    except Interrupted as stop:
        if world.rank == 0:
            print_lines(
                f"nasbench train: {stop}; continue with the same command and --resume, or with: nasbench train "
                "--resume --out "
                f"{shlex.quote(str(out))}",
                file=sys.stderr,
            )
        return 128 + stop.signal_number
    if world.rank == 0 and not write_result(parsed.json, run.result.to_dict()):
        print_result(run.result, table, out)
    return 1 if run.result.status == "failed" else 0


def _check_tensorboard(folder: Path | None) -> None:
    """Raise an error before the images are loaded where no event file could be written."""
    from nasbench_pytorch.training import TensorBoardReporter

    if folder is None:
        return
    TensorBoardReporter(folder)
    if not can_be_written(folder):
        raise InputError(f"--tensorboard {folder}: the folder cannot be written; choose another")


def _reporter(parsed: TrainArguments, data: ImageData, world: ProcessGroup) -> ProgressStyle | Reporter:
    """Return what shows the progress: with --tensorboard, also the event files of the first process."""
    if parsed.tensorboard is None or world.rank > 0:
        return parsed.progress
    from nasbench_pytorch.training import TensorBoardReporter, make_reporter

    shown = make_reporter(parsed.progress, parsed.recipe.total_steps(len(data.train)))
    return TensorBoardReporter(parsed.tensorboard, shown)
