"""The fixed part of the network around the cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.shapes import checked_record
from nasbench_pytorch.suggestions import did_you_mean

_MAX_CHANNELS = 1 << 20
_LARGEST = {
    "num_labels": 1_000_000,
    "in_channels": 1 << 16,
    "stem_out_channels": 1 << 16,
    "num_stacks": 16,
    "num_modules_per_stack": 1_000,
}
"""Largest values. Networks far below them already exceed any memory; larger numbers are mistakes."""

_LARGEST_SHOWN = 10**30


class ModulePlan(NamedTuple):
    """One module of a network: its stack, its number within the stack, and its channels."""

    stack: int
    module: int
    in_channels: int
    out_channels: int


@dataclass(frozen=True)
class Skeleton:
    """Stem, then stacks of modules. Before each stack but the first, the image is halved and the channels doubled.

    Attributes:
        num_labels: classes of the classifier.
        in_channels: channels of the image.
        stem_out_channels: channels of the stem, and of the first stack.
        num_stacks: number of stacks.
        num_modules_per_stack: number of modules, that is copies of the cell, in each stack.

    Raises:
        InputError: a value is no whole number or out of range; the message names the field and its range.
    """

    num_labels: int = 10
    in_channels: int = 3
    stem_out_channels: int = 128
    num_stacks: int = 3
    num_modules_per_stack: int = 3

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, bool) or not hasattr(value, "__index__"):
                raise InputError(f"{name} must be a whole number, got {value!r:.40}")
            if value < 1:
                raise InputError(f"{name} must be at least 1, got {value}")
            if value > _LARGEST[name]:
                given = f"{value:,}" if value < _LARGEST_SHOWN else "a number of more than 30 digits"
                raise InputError(f"{name} must be at most {_LARGEST[name]:,}, got {given}")
        if self.out_channels > _MAX_CHANNELS:
            raise InputError(
                f"stem_out_channels {self.stem_out_channels} and num_stacks {self.num_stacks} give the last stack "
                f"{self.out_channels:,} channels, at most {_MAX_CHANNELS:,} are allowed; choose fewer"
            )

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Skeleton:
        """Make a skeleton from its fields as JSON gives them.

        Raises:
            InputError: a field is unknown, or a value is no whole number or out of range; the message names the field.
        """
        unknown = sorted(set(value) - set(_LARGEST)) if isinstance(value, dict) else []
        if unknown:
            raise InputError(
                f"unknown skeleton fields: {', '.join(unknown)}; there are: {', '.join(_LARGEST)}"
                f"{did_you_mean(unknown[0], _LARGEST)}"
            )
        return checked_record(cls, value, "skeleton")

    def modules(self) -> Iterator[ModulePlan]:
        """Yield the modules in order."""
        channels = self.stem_out_channels
        for stack in range(self.num_stacks):
            out_channels = self.stem_out_channels << stack
            for module in range(self.num_modules_per_stack):
                yield ModulePlan(stack, module, channels, out_channels)
                channels = out_channels

    @property
    def out_channels(self) -> int:
        """Input channels of the classifier."""
        return self.stem_out_channels << (self.num_stacks - 1)


NASBENCH101_SKELETON = Skeleton()
"""Skeleton of every network in the published table."""
