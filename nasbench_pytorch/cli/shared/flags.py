"""Command-line flags from dataclasses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import tyro

T = TypeVar("T")


def parse(arguments_type: type[T], arguments: Sequence[str], program: str, about: str, default: T | None = None) -> T:
    """Parse flags into a dataclass; nested dataclasses add their fields as flags without a prefix.

    Prints help and leaves with code 0, or says what is wrong with a flag and leaves with code 2.

    Args:
        arguments_type: a dataclass whose fields are documented.
        arguments: the command line after the subcommand.
        program: what the help calls it.
        about: first line of the help.
        default: values of flags that are not given; the dataclass's own if None.
    """
    config = (tyro.conf.OmitArgPrefixes,)
    if default is None:
        return tyro.cli(arguments_type, args=arguments, prog=program, description=about, config=config)
    return tyro.cli(arguments_type, args=arguments, prog=program, description=about, default=default, config=config)
