"""The flags that say what a campaign trains, with what is in its ledger as their defaults."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from nasbench_pytorch.campaign.ledger.connection import read_stored
from nasbench_pytorch.campaign.plan.plan import Plan
from nasbench_pytorch.campaign.plan.selection import Selection
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.cli.train import asked
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training.recipe import PRESETS, Recipe


def stored_plan(folder: Path | None) -> Plan | None:
    """The plan of the campaign in a folder, as it was last asked for; None where there is none."""
    settings = None if folder is None else read_stored(folder, "settings")
    if folder is None or settings is None:
        return None
    selections = read_stored(folder, "selections")
    selection = Selection.from_dict(selections[-1]) if selections else Selection()
    return Plan(selection, Settings.from_dict(settings))


def default_plan(arguments: list[str], stored: Plan | None) -> Plan:
    """What the flags that are not given mean: what is stored, or else the preset's.

    Raises:
        InputError: there is no such preset.
    """
    preset = asked(arguments, "--preset")
    presets: dict[str, Recipe] = {str(name): recipe for name, recipe in PRESETS.items()}
    if preset is not None and preset not in presets:
        raise InputError(f"unknown preset '{preset}'; there are: {', '.join(presets)}")
    if stored is not None and preset is None:
        return stored
    if preset is None and asked(arguments, "--dataset") == "digits":
        preset = "digits"
    recipe = presets[preset] if preset else Recipe()
    if stored is None:
        return Plan(Selection(), Settings(recipe))
    return Plan(stored.selection, Settings.from_dict({**stored.settings.to_dict(), "recipe": recipe.to_dict()}))


def checked_plan(selection: Selection, settings: Settings, default: Plan) -> Plan:
    """The plan that the flags gave.

    Raises:
        InputError: --epochs was given, which a campaign calls --budgets.
    """
    if settings.recipe.epochs != default.settings.recipe.epochs:
        raise InputError(f"--epochs {settings.recipe.epochs}: a campaign has --budgets, one or more, in its place")
    # Absolute, since the next run may begin in another folder.
    files = replace(selection, hashes=_absolute(selection.hashes), missing_from=_absolute(selection.missing_from))
    return Plan(files, settings)


def _absolute(path: str | None) -> str | None:
    return None if path is None else str(Path(path).absolute())


def stored_options(folder: Path | None) -> dict[str, Any]:
    """How the campaign in a folder was last run."""
    options: dict[str, Any] | None = None if folder is None else read_stored(folder, "options")
    return options or {}
