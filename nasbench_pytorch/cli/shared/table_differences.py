"""Differences between a new training and the trainings behind a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON
from nasbench_pytorch.training.recipe import Recipe

if TYPE_CHECKING:
    from nasbench_pytorch.records import RunResult
    from nasbench_pytorch.table.storage.schema import Metadata

_NO_DIFFERENCE = {"epochs", "precision"}
"""Fields of a recipe that are part of a table's row or of the machine."""


def differences_from_table(metadata: Metadata, result: RunResult) -> list[str]:
    """List the settings that differ, each as `name OLD in the table, NEW here`.

    A table without a description counts as the published one: CIFAR-10, NAS-Bench-101's recipe and skeleton. Of a
    described table without settings only the skeleton is compared.

    Args:
        metadata: the table's metadata.
        result: the new training.
    """
    settings = metadata.about.get("settings")
    if not metadata.about:
        settings = {"dataset": "cifar10", "recipe": Recipe().to_dict()}
    settings = settings if isinstance(settings, dict) else {}
    recipe = settings.get("recipe")
    found = _differing("", {"data set": settings.get("dataset")}, {"data set": result.data.get("name")})
    found += _differing("skeleton.", metadata.skeleton or vars(NASBENCH101_SKELETON), result.skeleton)
    return found + _differing("recipe.", recipe if isinstance(recipe, dict) else {}, result.recipe)


def _differing(prefix: str, theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    return [
        f"{prefix}{name} {value} in the table, {ours[name]} here"
        for name, value in theirs.items()
        if name in ours and name not in _NO_DIFFERENCE and value != ours[name] and not (prefix == "" and value is None)
    ]
