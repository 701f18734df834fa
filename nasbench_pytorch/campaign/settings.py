"""What all trials of a campaign share: recipe, skeleton, data, threads and seed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.training.recipe import Recipe

DatasetName = Literal["cifar10", "digits"]


@dataclass(frozen=True)
class Settings:
    """All that decides the result of a trial beside the trial itself and the machine.

    Raises:
        InputError: a number is out of range.
    """

    recipe: Recipe = field(default_factory=Recipe)
    """How to train; its `epochs` are the trial's."""
    skeleton: Skeleton = NASBENCH101_SKELETON
    """The network around the cells."""
    dataset: DatasetName = "cifar10"
    """What to train on."""
    train_images: int | None = None
    """Learn from the first so many training images; None for all of the recipe's split."""
    evaluation_images: int | None = None
    """Evaluate on at most the first so many images of each set; None for what the recipe says."""
    threads: int = 1
    """CPU threads of one training; sums come out differently with another number."""
    seed: int = 0
    """The trials' seeds are derived from it."""

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise InputError(f"threads must be at least 1, got {self.threads}")
        if self.seed < 0:
            raise InputError(f"seed must be at least 0, got {self.seed}")

    def recipe_for(self, epochs: int) -> Recipe:
        """The recipe of a trial."""
        return replace(self.recipe, epochs=epochs)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON. The recipe's own epochs, which mean nothing here, are left out."""
        recipe = self.recipe.to_dict()
        del recipe["epochs"]
        return {**vars(self), "recipe": recipe, "skeleton": dict(vars(self.skeleton))}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Settings:
        """The inverse of `to_dict`.

        Raises:
            InputError: a field is unknown to this version.
        """
        recipe = Recipe.from_dict(value["recipe"])
        try:
            return cls(**{**value, "recipe": recipe, "skeleton": Skeleton(**value["skeleton"])})
        except TypeError as error:
            raise InputError(f"a campaign with settings that this version does not know ({error}); upgrade") from None

    def differences(self, other: Settings) -> list[str]:
        """`name A there, B here` for every field in which `other` differs; empty if none does."""
        return _differences(self.to_dict(), other.to_dict())


def recipe_id(settings: Settings, environment: dict[str, Any]) -> str:
    """Twelve hex digits that two results share only if the same trial gives the same numbers for both.

    Beside the settings (the campaign's seed is the trial's matter) it holds what moves the last bits of a training:
    device, precision, threads and versions.

    Args:
        settings: the campaign's.
        environment: as `describe_environment` of a training gives it.
    """
    shared = settings.to_dict()
    del shared["seed"]
    # Without what is at its default, so that a field that a later version adds changes no id.
    usual = Recipe().to_dict()
    shared["recipe"] = {name: value for name, value in shared["recipe"].items() if value != usual[name]}
    names = ("device_name", "precision", "threads", "torch")
    kind = {name: environment.get(name) for name in names}
    kind["device"] = str(environment.get("device")).partition(":")[0]
    text = json.dumps([shared, kind], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _differences(there: dict[str, Any], here: dict[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name in sorted({*there, *here}):
        old, new = there.get(name), here.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            found += _differences(old, new, f"{prefix}{name}.")
        elif old != new:
            found.append(f"{prefix}{name} {old} there, {new} here")
    return found
