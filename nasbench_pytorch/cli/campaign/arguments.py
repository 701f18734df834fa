"""Defaults of a campaign's flags: what its ledger has stored, or the preset's values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from nasbench_pytorch.campaign.ledger.connection import read_stored
from nasbench_pytorch.campaign.options import CampaignOptions
from nasbench_pytorch.campaign.plan.plan import Plan
from nasbench_pytorch.campaign.plan.selection import Selection
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.suggestions import unknown_name
from nasbench_pytorch.training.recipe import PRESETS, Recipe


@dataclass(frozen=True)
class DecidingFlags:
    """The flags that decide what omitted flags mean; None for those that are omitted."""

    out: Path | None = None
    preset: str | None = None
    dataset: str | None = None
    hashes: str | None = None
    executor: str | None = None
    ray_address: str | None = None
    cpus_per_trial: str | None = None
    gpus_per_trial: str | None = None

    @property
    def ask_for_ray(self) -> bool:
        """Whether a flag that only Ray has is there."""
        return any(flag is not None for flag in (self.ray_address, self.cpus_per_trial, self.gpus_per_trial))


def stored_plan(folder: Path | None) -> Plan | None:
    """Return the plan of the campaign in a folder, with its last selection; None without a campaign."""
    settings = None if folder is None else read_stored(folder, "settings")
    if folder is None or settings is None:
        return None
    selections = read_stored(folder, "selections")
    selection = Selection.from_dict(selections[-1]) if selections else Selection()
    return Plan(selection, Settings.from_dict(settings))


def default_plan(flags: DecidingFlags, stored: Plan | None) -> Plan:
    """Return the plan of omitted flags: the stored one, with the recipe of `--preset` if that is given.

    Raises:
        InputError: there is no such preset.
    """
    preset = flags.preset
    presets: dict[str, Recipe] = {str(name): recipe for name, recipe in PRESETS.items()}
    if preset is not None and preset not in presets:
        raise unknown_name("preset", preset, presets)
    if stored is not None and preset is None:
        return stored
    if preset is None and flags.dataset == "digits":
        preset = "digits"
    recipe = presets[preset] if preset else Recipe()
    if stored is None:
        return Plan(Selection(), Settings(recipe))
    return Plan(stored.selection, Settings.from_dict({**stored.settings.to_dict(), "recipe": recipe.to_dict()}))


def checked_plan(selection: Selection, settings: Settings, default: Plan) -> Plan:
    """Return the plan that the flags describe.

    Raises:
        InputError: --epochs was given; a campaign has --budgets instead.
    """
    if settings.recipe.epochs != default.settings.recipe.epochs:
        raise InputError(f"--epochs {settings.recipe.epochs}: a campaign has --budgets, one or more, in its place")
    # Absolute paths: the next run may start in another folder.
    table = None if selection.missing_from is None else _name_or_absolute(selection.missing_from)
    return Plan(replace(selection, hashes=_absolute(selection.hashes), missing_from=table), settings)


def _name_or_absolute(table: str) -> str:
    from nasbench_pytorch.table.default_table import name_or_absolute

    return name_or_absolute(table)


def _absolute(path: str | None) -> str | None:
    return None if path is None else str(Path(path).absolute())


def default_options(flags: DecidingFlags, folder: Path | None) -> CampaignOptions:
    """Return the options of omitted flags: those of the campaign's last run, as far as they fit the given flags.

    With another executor Ray's stored options are dropped, and with options of Ray the stored executor.
    """
    stored = (None if folder is None else read_stored(folder, "options")) or {}
    dropped: set[str] = set()
    if flags.executor not in (None, "ray"):
        dropped |= {"ray_address", "cpus_per_trial", "gpus_per_trial"}
    if flags.ask_for_ray:
        dropped.add("executor")
    return CampaignOptions.from_dict({name: value for name, value in stored.items() if name not in dropped})
