"""Settings that all trials of a campaign share: recipe, skeleton, data, threads and seed."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.shapes import checked_record
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.training.recipe import Recipe
from nasbench_pytorch.training.recipe_checks import MOST_THREADS
from nasbench_pytorch.training.recipe_id import recipe_id

DatasetName = Literal["cifar10", "digits"]


@dataclass(frozen=True)
class Settings:
    """Everything that decides a trial's result, besides the trial itself and the machine.

    Raises:
        InputError: a number is out of range.
    """

    recipe: Recipe = field(default_factory=Recipe)
    """How to train; the trial's budget replaces its `epochs`."""
    skeleton: Skeleton = NASBENCH101_SKELETON
    """The network around the cells."""
    dataset: DatasetName = "cifar10"
    """Data to train on."""
    train_images: int | None = None
    """Train on only this many images, the first ones; None for all of the recipe's split."""
    evaluation_images: int | None = None
    """Evaluate on at most this many images of each set, the first ones; None for the recipe's numbers."""
    threads: int = 1
    """CPU threads of one training; another number changes float32 results slightly."""
    seed: int = 0
    """Seed from which the trials' seeds are derived."""

    def __post_init__(self) -> None:
        if not 1 <= self.threads <= MOST_THREADS:
            raise InputError(f"threads must be at least 1 and at most {MOST_THREADS:,}, got {self.threads}")
        if self.seed < 0:
            raise InputError(f"seed must be at least 0, got {self.seed}")

    def recipe_for(self, epochs: int) -> Recipe:
        """Return the recipe of a trial with this budget."""
        return replace(self.recipe, epochs=epochs)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON, without the recipe's `epochs`, which a campaign does not use."""
        recipe = self.recipe.to_dict()
        del recipe["epochs"]
        return {**vars(self), "recipe": recipe, "skeleton": dict(vars(self.skeleton))}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Settings:
        """Return the settings that `to_dict` made `value` of.

        Raises:
            InputError: a field is missing, unknown to this version, or of another type; the message names it.
        """
        unknown = sorted(set(value) - {item.name for item in fields(cls)}) if isinstance(value, dict) else []
        if unknown:
            raise InputError(
                f"a campaign with settings that this version does not know ({', '.join(unknown)}); upgrade"
            )
        settings = checked_record(cls, value, "settings")
        for name in ("recipe", "skeleton"):
            if name not in value:
                raise InputError(f"settings.{name} is missing")
        # Again from the dicts: these refuse unknown fields, which would be other settings too.
        recipe, skeleton = Recipe.from_dict(value["recipe"]), Skeleton.from_dict(value["skeleton"])
        return replace(settings, recipe=recipe, skeleton=skeleton)

    def recipe_id(self, environment: dict[str, Any]) -> str:
        """Return the recipe id of the campaign's trainings on a machine; each trial's own seed is not part of it.

        Args:
            environment: a training's `describe_environment`.
        """
        others = self.to_dict()
        del others["seed"]
        return recipe_id(others.pop("recipe"), others, environment)

    def differences(self, other: Settings) -> list[str]:
        """List the fields in which `other` differs, each as `name OLD there, NEW here`."""
        return _differences(self.to_dict(), other.to_dict())


def _differences(stored: dict[str, Any], wanted: dict[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name in sorted({*stored, *wanted}):
        old, new = stored.get(name), wanted.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            found += _differences(old, new, f"{prefix}{name}.")
        elif old != new:
            found.append(f"{prefix}{name} {old} there, {new} here")
    return found
