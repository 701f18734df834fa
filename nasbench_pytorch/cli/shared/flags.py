"""Command-line flags from dataclasses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import tyro

T = TypeVar("T")

_CONFIG = (tyro.conf.OmitArgPrefixes,)


def parse(arguments_type: type[T], arguments: Sequence[str], program: str, about: str, default: T | None = None) -> T:
    """Parse flags into a dataclass; nested dataclasses add their fields as flags without a prefix.

    Print the help and exit with code 0, or report an invalid flag and exit with code 2.

    Args:
        arguments_type: a dataclass whose fields are documented.
        arguments: the command line after the subcommand.
        program: the command's name in the help.
        about: first line of the help.
        default: values of omitted flags; the dataclass's defaults if None.
    """
    if default is None:
        return tyro.cli(arguments_type, args=arguments, prog=program, description=about, config=_CONFIG)
    return tyro.cli(arguments_type, args=arguments, prog=program, description=about, default=default, config=_CONFIG)


def parse_known(arguments_type: type[T], arguments: Sequence[str]) -> T:
    """Parse only the flags of a small dataclass and ignore all others.

    A command whose defaults depend on a flag, such as `--preset`, reads that flag with this function, then calls
    `parse` with the defaults. Both passes use tyro, so they agree on `--flag=value`, underscores and repeated flags.

    Args:
        arguments_type: a dataclass; each field is a flag with a default. Types that accept any text, such as
            `str | None`, leave it to the caller to report an unknown value.
        arguments: the command line after the subcommand.

    Returns:
        The parsed flags. If a flag has no value, all fields have their defaults, and `parse` reports the error.
    """
    try:
        known, _ = tyro.cli(
            arguments_type,
            args=arguments,
            config=_CONFIG,
            add_help=False,
            return_unknown_args=True,
            console_outputs=False,
        )
    except SystemExit:
        return arguments_type()
    return known
