"""`nasbench train`: train one cell and write a run folder."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from nasbench_pytorch.cli.shared.cell_flags import CellArguments, SkeletonArguments
from nasbench_pytorch.cli.shared.errors import first_process_tells
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training.recipe import PRESETS, PresetName, Recipe

if TYPE_CHECKING:
    from nasbench_pytorch.records import RunResult
    from nasbench_pytorch.space.presets import NamedCell
    from nasbench_pytorch.table.storage.table_file import TableFile
    from nasbench_pytorch.training.runtime.process_group import ProcessGroup


_LONGEST_TIMEOUT_S = 1e6


@dataclass(frozen=True)
class _Arguments:
    chosen: Annotated[CellArguments, tyro.conf.arg(name="")] = field(default_factory=CellArguments)
    skeleton: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)
    recipe: Annotated[Recipe, tyro.conf.arg(name="")] = field(default_factory=Recipe)
    preset: PresetName | None = None
    """Recipe whose values the other flags change; nasbench101, or digits with --dataset digits."""
    dataset: Literal["cifar10", "digits"] = "cifar10"
    """What to train on; digits needs no download and is not NAS-Bench-101."""
    data_root: Path = Path("data")
    """Folder with CIFAR-10 in any of its layouts; it is downloaded into it where it is missing."""
    out: Path | None = None
    """Run folder; runs/CELL-EPOCHSep-seedSEED if left out."""
    seed: int = 0
    """Decides initial weights and batches."""
    device: str = "auto"
    """auto, cpu, cuda, cuda:1, …"""
    threads: int | None = None
    """CPU threads; torch's own choice if left out."""
    compile: bool = False
    """Run the network through torch.compile: minutes before the first step, faster steps, for long trainings."""
    prefetch: bool = False
    """Prepare the next batch while one trains, in a thread of its own; for small networks and a core to spare."""
    collective_timeout_s: float = 600.0
    """Under torchrun: seconds that a process waits for the others before it gives up."""
    resume: bool = False
    """Continue the unfinished run in --out."""
    overwrite: bool = False
    """Replace what --out holds."""
    table: Path | None = None
    """A table of results; its rows of the cell are printed beside the new result."""
    sample_metrics: bool = False
    """Also measure the original's sample metrics on 100 images (sample_metrics.json)."""
    progress: Literal["auto", "bar", "lines", "none"] = "auto"
    """How to show progress on stderr."""


def main(arguments: list[str]) -> int:
    with first_process_tells():
        given = _parse(arguments)
    from nasbench_pytorch.training import join_world

    with join_world(given.collective_timeout_s) as world:
        return _train(given, world)


def _parse(arguments: list[str]) -> _Arguments:
    preset = asked(arguments, "--preset") or ("digits" if asked(arguments, "--dataset") == "digits" else None)
    if preset is not None and preset not in PRESETS:
        raise InputError(f"unknown preset '{preset}'; there are: {', '.join(PRESETS)}")
    default = _Arguments(recipe=PRESETS[preset] if preset else Recipe())
    given = parse(_Arguments, arguments, "nasbench train", "Train one cell and write a run folder.", default)
    if not 0 < given.collective_timeout_s <= _LONGEST_TIMEOUT_S:
        raise InputError(
            f"--collective-timeout-s must be above 0 and at most {_LONGEST_TIMEOUT_S:g}, got "
            f"{given.collective_timeout_s:g}"
        )
    return given


def _train(given: _Arguments, world: ProcessGroup) -> int:
    from nasbench_pytorch.training import Interrupted, load_data, run_training

    with world.same_error_everywhere():
        cell = given.chosen.resolve(default="inception")
        skeleton = given.skeleton.resolve(cell.skeleton)
        # Opened before the training, since a mistyped name should not be told hours later.
        table = None if given.table is None or world.rank > 0 else _open_table(given.table)
    out = given.out or Path("runs") / f"{_short_name(cell)}-{given.recipe.epochs}ep-seed{given.seed}"
    data = world.rank_zero_first(lambda: load_data(given.dataset, given.recipe, given.data_root))
    try:
        run = run_training(
            cell.spec,
            data,
            given.recipe,
            skeleton=skeleton,
            seed=given.seed,
            device=given.device,
            threads=given.threads,
            out=out,
            resume=given.resume,
            overwrite=given.overwrite,
            with_sample_metrics=given.sample_metrics,
            progress=given.progress,
            compile=given.compile,
            prefetch=given.prefetch,
            world=world,
        )
    except Interrupted as stop:
        if world.rank == 0:
            print(f"nasbench train: {stop}; continue with the same command and --resume --out {out}", file=sys.stderr)
        return 128 + stop.signal_number
    if world.rank == 0:
        _tell(run.result, table, out)
    return 1 if run.result.status == "failed" else 0


def _tell(result: RunResult, table: TableFile | None, out: Path) -> None:
    from nasbench_pytorch.cli.shared.result_text import describe_result

    print("\n".join(describe_result(result)))
    if table is not None:
        print()
        print("\n".join(_rows_beside(table, result)))
        print()
    print(f"written to {out}")


def _open_table(path: Path) -> TableFile:
    from nasbench_pytorch.table.storage.table_file import TableFile
    from nasbench_pytorch.table.tfrecord.import_cache import table_for

    return TableFile(table_for(path))


def _rows_beside(table: TableFile, result: RunResult) -> list[str]:
    """What the table has of the cell that was trained: at the same budget if it has that, else at all."""
    from nasbench_pytorch.table.row_descriptions import describe_rows

    if result.hash is None:
        return [f"{table.path.name} has no cells with operations beyond the three"]
    epochs = int(result.recipe["epochs"])
    return describe_rows(table, result.hash, epochs if epochs in table.metadata.epochs else None)


def _short_name(cell: NamedCell) -> str:
    return cell.name or (cell.spec.hash_spec()[:8] if cell.spec.valid_spec else "cell")


def asked(arguments: list[str], flag: str) -> str | None:
    """Value of a flag that decides the defaults of the others, so it is read before they are."""
    for position, argument in enumerate(arguments):
        if argument == flag and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith(f"{flag}="):
            return argument.partition("=")[2]
    return None
