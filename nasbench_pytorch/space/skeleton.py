"""The fixed part of the network around the cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from nasbench_pytorch.errors import InputError


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
    """

    num_labels: int = 10
    in_channels: int = 3
    stem_out_channels: int = 128
    num_stacks: int = 3
    num_modules_per_stack: int = 3

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 1:
                raise InputError(f"{name} must be at least 1, got {value}")

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
