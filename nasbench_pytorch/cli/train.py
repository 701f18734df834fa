"""`nasbench train`: train one cell and write a run folder."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from nasbench_pytorch.cli.shared.cell_flags import CellArguments, SkeletonArguments
from nasbench_pytorch.cli.shared.cell_notation import unnamed
from nasbench_pytorch.cli.shared.errors import only_rank_zero_prints
from nasbench_pytorch.cli.shared.flags import parse, parse_known
from nasbench_pytorch.cli.shared.interrupts import exit_at_ctrl_c
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import can_be_written
from nasbench_pytorch.folders import data_folder
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.suggestions import did_you_mean
from nasbench_pytorch.training.recipe import PRESETS, PresetName, Recipe

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.images import ImageData
    from nasbench_pytorch.records import RunResult
    from nasbench_pytorch.space.presets import NamedCell
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.table.storage.table_file import TableFile
    from nasbench_pytorch.training.output.reporters import ProgressStyle, Reporter
    from nasbench_pytorch.training.preflight import SavedSettings
    from nasbench_pytorch.training.runtime.process_group import ProcessGroup

_LONGEST_TIMEOUT_S = 1e6


@dataclass(frozen=True)
class _Arguments:
    cell_flags: Annotated[CellArguments, tyro.conf.arg(name="")] = field(default_factory=CellArguments)
    skeleton_flags: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)
    recipe: Annotated[Recipe, tyro.conf.arg(name="")] = field(default_factory=Recipe)
    preset: PresetName | None = None
    """Recipe for the values of omitted recipe flags; if omitted, digits with --dataset digits, else nasbench101."""
    dataset: Literal["cifar10", "digits"] = "cifar10"
    """Data set; digits (scikit-learn's handwritten digits) needs no download and is not NAS-Bench-101."""
    data_root: Path = field(default_factory=data_folder)
    """Folder with CIFAR-10 in any supported layout (NASBENCH_DATA_DIR, if set, is the default); if it has none, the
    archive is downloaded into it."""
    out: Path | None = None
    """Run folder; if omitted, runs/CELL-EPOCHSep-seedSEED."""
    seed: int = 0
    """Seed of the initial weights and of the batches."""
    device: str = "auto"
    """Device: auto (CUDA if available, else CPU), cpu, cuda, cuda:1, mps, …"""
    threads: int | None = None
    """CPU threads; if omitted, torch's setting."""
    compile: bool = False
    """Run the network through torch.compile: minutes before the first step, then faster steps; for long trainings."""
    prefetch: bool = False
    """Prepare the next batch in a second thread during a step; for small networks on a machine with a free core."""
    collective_timeout_s: float = 600.0
    """With torchrun: seconds to wait for the other processes before giving up."""
    resume: bool = False
    """Continue the unfinished run in --out, with its cell, recipe, data set and seed."""
    overwrite: bool = False
    """Replace the run in --out."""
    table: str | None = None
    """Table of results, a name (see nasbench table list) or a file; its rows of the cell are printed beside the new
    result."""
    sample_metrics: bool = False
    """Also measure the original's sample metrics on 100 images (sample_metrics.json)."""
    progress: Literal["auto", "bar", "lines", "none"] = "auto"
    """Progress on stderr; auto is a bar if stderr is a terminal, else lines."""
    tensorboard: Path | None = None
    """Folder for event files of TensorBoard: loss, rate and accuracies by step. Needs the extra tensorboard."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


@dataclass(frozen=True)
class _PresetFlags:
    """Flags that decide the defaults of other flags."""

    preset: str | None = None
    dataset: str | None = None
    out: str | None = None
    resume: bool = False

    def recipe(self) -> Recipe:
        """Return the recipe that omitted flags take their values from.

        Raises:
            InputError: the preset is unknown; the message lists the presets.
        """
        name = self.preset or ("digits" if self.dataset == "digits" else "nasbench101")
        presets: dict[str, Recipe] = {str(preset): recipe for preset, recipe in PRESETS.items()}
        if name not in presets:
            raise InputError(f"unknown preset '{name}'; there are: {', '.join(presets)}{did_you_mean(name, presets)}")
        return presets[name]


def main(arguments: list[str]) -> int:
    with only_rank_zero_prints():
        parsed, saved = _parse(arguments)
    if parsed.progress != "none" and sys.stderr.isatty():
        print_lines("nasbench train: loading PyTorch and the images …", file=sys.stderr)
    with exit_at_ctrl_c():
        from nasbench_pytorch.training import join_world

    with join_world(parsed.collective_timeout_s) as world:
        return _train(parsed, saved, world)


def _parse(arguments: list[str]) -> tuple[_Arguments, SavedSettings | None]:
    known, saved = parse_known(_PresetFlags, arguments), None
    if known.resume and known.out is not None and not {"-h", "--help", "--help-all"} & set(arguments):
        with exit_at_ctrl_c():
            from nasbench_pytorch.training.preflight import saved_settings

        saved = saved_settings(known.out)
    default = _Arguments(recipe=known.recipe())
    if saved is not None:
        dataset: Literal["cifar10", "digits"] = "digits" if saved.dataset == "digits" else "cifar10"
        recipe = saved.recipe if known.preset is None else default.recipe
        default = _Arguments(recipe=recipe, dataset=dataset, seed=saved.seed)
    parsed = parse(_Arguments, arguments, "nasbench train", "Train one cell and write a run folder.", default)
    if not 0 < parsed.collective_timeout_s <= _LONGEST_TIMEOUT_S:
        raise InputError(
            f"--collective-timeout-s must be above 0 and at most {_LONGEST_TIMEOUT_S:g}, got "
            f"{parsed.collective_timeout_s:g}"
        )
    check_json_path(parsed.json)
    return parsed, saved


def _train(parsed: _Arguments, saved: SavedSettings | None, world: ProcessGroup) -> int:
    with exit_at_ctrl_c():
        from nasbench_pytorch.training import Interrupted, load_data, run_training
        from nasbench_pytorch.training.preflight import check_before_data
        from nasbench_pytorch.training.task import check_data

    from nasbench_pytorch.table.default_table import open_table

    with world.same_error_everywhere():
        cell, skeleton = _cell(parsed, saved)
        # Opened before the training, so that a mistyped name is reported at once and not hours later.
        table = None if parsed.table is None or world.rank > 0 else open_table(parsed.table)
        out = parsed.out or Path("runs") / f"{_short_name(cell)}-{parsed.recipe.epochs}ep-seed{parsed.seed}"
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
        print_lines(*_header(parsed, cell, skeleton, data, machine, out), file=sys.stderr)
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
        _print_result(run.result, table, out)
    return 1 if run.result.status == "failed" else 0


def _check_tensorboard(folder: Path | None) -> None:
    """Raise an error before the images are loaded where no event file could be written."""
    from nasbench_pytorch.training import TensorBoardReporter

    if folder is None:
        return
    TensorBoardReporter(folder)
    if not can_be_written(folder):
        raise InputError(f"--tensorboard {folder}: the folder cannot be written; choose another")


def _reporter(parsed: _Arguments, data: ImageData, world: ProcessGroup) -> ProgressStyle | Reporter:
    """What shows the progress: with --tensorboard, also the event files of the first process."""
    if parsed.tensorboard is None or world.rank > 0:
        return parsed.progress
    from nasbench_pytorch.training import TensorBoardReporter, make_reporter

    shown = make_reporter(parsed.progress, parsed.recipe.total_steps(len(data.train)))
    return TensorBoardReporter(parsed.tensorboard, shown)


def _cell(parsed: _Arguments, saved: SavedSettings | None) -> tuple[NamedCell, Skeleton]:
    """The cell and its skeleton: those that the flags name, else the resumed run's.

    Raises:
        InputError: neither names a cell.
    """
    if saved is None or parsed.cell_flags.given:
        # With --resume, what is missing is the checkpoint: that is said, whatever the cell.
        cell = parsed.cell_flags.resolve(default="inception" if parsed.resume else None)
    else:
        cell = unnamed(saved.spec)
    return cell, parsed.skeleton_flags.resolve(cell.skeleton if saved is None else saved.skeleton)


def _header(
    parsed: _Arguments, cell: NamedCell, skeleton: Skeleton, data: ImageData, machine: str, out: Path
) -> list[str]:
    """What is about to be trained, on what, where."""
    from nasbench_pytorch.space.costs.one_cell import count_parameters
    from nasbench_pytorch.space.spec import hash_or_none

    recipe = parsed.recipe
    names = ", ".join(name for name in (cell.name, hash_or_none(cell.spec)) if name)
    return [
        f"cell    {names or 'operations beyond the three'}; {count_parameters(cell.spec, skeleton):,} parameters",
        f"data    {data.name} ({data.source}), {len(data.train):,} training images",
        f"recipe  {counted(recipe.epochs, 'epoch')}, {recipe.total_steps(len(data.train)):,} steps of "
        f"{recipe.batch_size} images, seed {parsed.seed}",
        f"device  {machine}",
        f"folder  {out}",
    ]


def _print_result(result: RunResult, table: TableFile | None, out: Path) -> None:
    from nasbench_pytorch.cli.shared.result_text import describe_result

    print_lines(*describe_result(result))
    if table is not None:
        print_lines("", *_table_rows(table, result), "")
    print_lines(f"written to {out}")


def _table_rows(table: TableFile, result: RunResult) -> list[str]:
    """Return the table's rows of the trained cell as lines: of the same budget if the table has it, else all."""
    from nasbench_pytorch.cli.shared.table_differences import differences_from_table
    from nasbench_pytorch.table.row_descriptions import describe_rows

    if result.hash is None:
        return [f"{table.path.name} has no cells with operations beyond the three"]
    epochs = int(result.recipe["epochs"])
    lines = describe_rows(table, result.hash, epochs if epochs in table.metadata.epochs else None)
    if differences := differences_from_table(table.metadata, result):
        lines.insert(0, f"the table's trainings differ from this one: {'; '.join(differences)}")
    return lines


def _short_name(cell: NamedCell) -> str:
    return cell.name or (cell.spec.hash_spec()[:8] if cell.spec.valid_spec else "cell")
