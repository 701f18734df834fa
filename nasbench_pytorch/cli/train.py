"""`nasbench train`: train one cell and write a run folder."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from nasbench_pytorch.cli.shared.cell_flags import CellArguments, SkeletonArguments
from nasbench_pytorch.cli.shared.errors import only_rank_zero_prints
from nasbench_pytorch.cli.shared.flags import parse, parse_known
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
    cell_flags: Annotated[CellArguments, tyro.conf.arg(name="")] = field(default_factory=CellArguments)
    skeleton_flags: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)
    recipe: Annotated[Recipe, tyro.conf.arg(name="")] = field(default_factory=Recipe)
    preset: PresetName | None = None
    """Recipe for the values of omitted recipe flags; if omitted, digits with --dataset digits, else nasbench101."""
    dataset: Literal["cifar10", "digits"] = "cifar10"
    """Data set; digits (scikit-learn's handwritten digits) needs no download and is not NAS-Bench-101."""
    data_root: Path = Path("data")
    """Folder with CIFAR-10 in any supported layout; if it has none, the archive is downloaded into it."""
    out: Path | None = None
    """Run folder; if omitted, runs/CELL-EPOCHSep-seedSEED."""
    seed: int = 0
    """Seed of the initial weights and of the batches."""
    device: str = "auto"
    """Device: auto (CUDA if available, else CPU), cpu, cuda, cuda:1, …"""
    threads: int | None = None
    """CPU threads; if omitted, torch's setting."""
    compile: bool = False
    """Run the network through torch.compile: minutes before the first step, then faster steps; for long trainings."""
    prefetch: bool = False
    """Prepare the next batch in a second thread during a step; for small networks on a machine with a free core."""
    collective_timeout_s: float = 600.0
    """With torchrun: seconds to wait for the other processes before giving up."""
    resume: bool = False
    """Continue the unfinished run in --out."""
    overwrite: bool = False
    """Replace the run in --out."""
    table: Path | None = None
    """Table of results (.arrow or .tfrecord); its rows of the cell are printed beside the new result."""
    sample_metrics: bool = False
    """Also measure the original's sample metrics on 100 images (sample_metrics.json)."""
    progress: Literal["auto", "bar", "lines", "none"] = "auto"
    """Progress on stderr; auto is a bar if stderr is a terminal, else lines."""


@dataclass(frozen=True)
class _PresetFlags:
    """Flags that decide the defaults of the recipe's flags."""

    preset: str | None = None
    dataset: str | None = None

    def recipe(self) -> Recipe:
        """Return the recipe that omitted flags take their values from.

        Raises:
            InputError: the preset is unknown; the message lists the presets.
        """
        name = self.preset or ("digits" if self.dataset == "digits" else "nasbench101")
        presets: dict[str, Recipe] = {str(preset): recipe for preset, recipe in PRESETS.items()}
        if name not in presets:
            raise InputError(f"unknown preset '{name}'; there are: {', '.join(presets)}")
        return presets[name]


def main(arguments: list[str]) -> int:
    with only_rank_zero_prints():
        parsed = _parse(arguments)
    from nasbench_pytorch.training import join_world

    with join_world(parsed.collective_timeout_s) as world:
        return _train(parsed, world)


def _parse(arguments: list[str]) -> _Arguments:
    default = _Arguments(recipe=parse_known(_PresetFlags, arguments).recipe())
    parsed = parse(_Arguments, arguments, "nasbench train", "Train one cell and write a run folder.", default)
    if not 0 < parsed.collective_timeout_s <= _LONGEST_TIMEOUT_S:
        raise InputError(
            f"--collective-timeout-s must be above 0 and at most {_LONGEST_TIMEOUT_S:g}, got "
            f"{parsed.collective_timeout_s:g}"
        )
    return parsed


def _train(parsed: _Arguments, world: ProcessGroup) -> int:
    from nasbench_pytorch.training import Interrupted, load_data, run_training

    with world.same_error_everywhere():
        cell = parsed.cell_flags.resolve(default="inception")
        skeleton = parsed.skeleton_flags.resolve(cell.skeleton)
        # Opened before the training, so that a mistyped name is reported at once and not hours later.
        table = None if parsed.table is None or world.rank > 0 else _open_table(parsed.table)
    out = parsed.out or Path("runs") / f"{_short_name(cell)}-{parsed.recipe.epochs}ep-seed{parsed.seed}"
    data = world.rank_zero_first(lambda: load_data(parsed.dataset, parsed.recipe, parsed.data_root))
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
            progress=parsed.progress,
            compile=parsed.compile,
            prefetch=parsed.prefetch,
            world=world,
        )
    except Interrupted as stop:
        if world.rank == 0:
            print(f"nasbench train: {stop}; continue with the same command and --resume --out {out}", file=sys.stderr)
        return 128 + stop.signal_number
    if world.rank == 0:
        _print_result(run.result, table, out)
    return 1 if run.result.status == "failed" else 0


def _print_result(result: RunResult, table: TableFile | None, out: Path) -> None:
    from nasbench_pytorch.cli.shared.result_text import describe_result

    print("\n".join(describe_result(result)))
    if table is not None:
        print()
        print("\n".join(_table_rows(table, result)))
        print()
    print(f"written to {out}")


def _open_table(path: Path) -> TableFile:
    from nasbench_pytorch.table.storage.table_file import TableFile
    from nasbench_pytorch.table.tfrecord.import_cache import table_for

    return TableFile(table_for(path))


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
