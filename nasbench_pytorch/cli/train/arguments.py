"""The flags of `nasbench train`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from nasbench_pytorch.cli.shared.cell_flags import CellArguments, SkeletonArguments
from nasbench_pytorch.cli.shared.cell_notation import unnamed
from nasbench_pytorch.cli.shared.flags import parse, parse_known
from nasbench_pytorch.cli.shared.interrupts import exit_at_ctrl_c
from nasbench_pytorch.cli.shared.json_output import check_json_path
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.folders import data_folder
from nasbench_pytorch.suggestions import unknown_name
from nasbench_pytorch.training.recipe import PRESETS, PresetName, Recipe

if TYPE_CHECKING:
    from nasbench_pytorch.space.presets import NamedCell
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.training.preflight import SavedSettings

_LONGEST_TIMEOUT_S = 1e6


@dataclass(frozen=True)
class TrainArguments:
    """All flags of the command."""

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
    """Compile the network with torch.compile: it takes minutes before the first step, and later steps are faster."""
    prefetch: bool = False
    """Prepare the next batch in a second thread; this helps small networks on a machine with an idle core."""
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
            raise unknown_name("preset", name, presets)
        return presets[name]


def parse_arguments(arguments: list[str]) -> tuple[TrainArguments, SavedSettings | None]:
    """Read the flags, and with --resume the settings of the unfinished run, which are then the defaults.

    Raises:
        InputError: a flag is wrong, or there is no unfinished run in --out.
    """
    known, saved = parse_known(_PresetFlags, arguments), None
    if known.resume and known.out is not None and not {"-h", "--help", "--help-all"} & set(arguments):
        with exit_at_ctrl_c():
            from nasbench_pytorch.training.preflight import saved_settings

        saved = saved_settings(known.out)
    default = TrainArguments(recipe=known.recipe())
    if saved is not None:
        dataset: Literal["cifar10", "digits"] = "digits" if saved.dataset == "digits" else "cifar10"
        recipe = saved.recipe if known.preset is None else default.recipe
        default = TrainArguments(recipe=recipe, dataset=dataset, seed=saved.seed)
    parsed = parse(TrainArguments, arguments, "nasbench train", "Train one cell and write a run folder.", default)
    if not 0 < parsed.collective_timeout_s <= _LONGEST_TIMEOUT_S:
        raise InputError(
            f"--collective-timeout-s must be above 0 and at most {_LONGEST_TIMEOUT_S:g}, got "
            f"{parsed.collective_timeout_s:g}"
        )
    check_json_path(parsed.json)
    return parsed, saved


def chosen_cell(parsed: TrainArguments, saved: SavedSettings | None) -> tuple[NamedCell, Skeleton]:
    """Return the cell and its skeleton: those that the flags name, else the resumed run's.

    Raises:
        InputError: neither names a cell.
    """
    if saved is None or parsed.cell_flags.given:
        # With --resume and no checkpoint, the later error names the missing checkpoint, not the cell.
        cell = parsed.cell_flags.resolve(default="inception" if parsed.resume else None)
    else:
        cell = unnamed(saved.spec)
    return cell, parsed.skeleton_flags.resolve(cell.skeleton if saved is None else saved.skeleton)
