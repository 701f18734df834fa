"""Command-line flags from dataclasses."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import itertools
import os
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

import tyro

from nasbench_pytorch.cli.shared.flag_table import Flag, flags_of
from nasbench_pytorch.cli.shared.flag_values import check_values
from nasbench_pytorch.cli.shared.help_text import help_lines
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.suggestions import did_you_mean

T = TypeVar("T")

_CONFIG = (tyro.conf.OmitArgPrefixes,)
_FRAME = "╭╮╰╯│─|+- "
_PLAIN_WORDS = (
    (r"Error parsing (\S+): invalid literal for int\(\) with base 10: (.*)", "{} {}: give a whole number"),
    (r"Error parsing (\S+): could not convert string to float: (.*)", "{} {}: give a number"),
    (r"Error parsing (\S+): no type matching .*INT could be .* from \[(.*)\]", "{} {}: give a whole number"),
    (r"Error parsing (\S+): no type matching .*FLOAT could be .* from \[(.*)\]", "{} {}: give a number"),
    (r"Unrecognized options: (.*)", "unexpected argument '{}'"),
    (r"Missing value for argument '(.*)'. Expected 1 values", "{} needs a value"),
    (r"Missing value for argument '(.*)'. Expected (.*) values", "{} needs {} values"),
)
"""What tyro says → what this command line says."""


def parse(
    arguments_type: type[T],
    arguments: Sequence[str],
    program: str,
    about: str,
    default: T | None = None,
    *,
    unlisted: Collection[str] = (),
) -> T:
    """Parse flags into a dataclass; nested dataclasses add their fields as flags without a prefix.

    Print the help and exit with code 0 where it is asked for.

    Args:
        arguments_type: a dataclass whose fields are documented.
        arguments: the command line after the subcommand.
        program: the command's name in the help.
        about: first line of the help.
        default: values of omitted flags; the dataclass's defaults if None.
        unlisted: fields that the help leaves out, because the command refuses their flags.

    Raises:
        InputError: a flag is unknown, or its value cannot be used; one line that names it.
    """
    flags = list(flags_of(arguments_type, default))
    words = _before_separator(arguments)
    if any(word in ("-h", "--help", "--help-all") for word in words):
        listed = [flag for flag in flags if flag.field not in unlisted]
        print_lines(*help_lines(program, about, listed, arguments_type, everything="--help-all" in words))
        raise SystemExit(0)
    given = _with_json_value(arguments, flags)
    _check_names(given, flags, program)
    _check_lists(given, flags, program)
    _check_paths(given, flags)
    captured = io.StringIO()
    try:
        with _wide_lines(), contextlib.redirect_stderr(captured), contextlib.redirect_stdout(captured):
            options: dict[str, Any] = {} if default is None else {"default": default}
            parsed: T = tyro.cli(
                arguments_type,
                args=given,
                prog=program,
                config=_CONFIG,
                add_help=False,
                **options,
            )
    except SystemExit:
        raise InputError(f"{_reason(captured.getvalue(), given, flags)}; see {program} --help") from None
    except (ValueError, OverflowError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{error}; see {program} --help") from None
    check_values(parsed)
    return parsed


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
    if _lacks_value(arguments, list(flags_of(arguments_type))):
        return arguments_type()
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


def _lacks_value(arguments: Sequence[str], flags: Sequence[Flag]) -> bool:
    """Whether another flag, or nothing, stands in place of a flag's value; tyro before 1.0.14 takes it as the value."""
    with_value = {name for flag in flags if flag.value for name in flag.names}
    return any(
        word.replace("_", "-") in with_value and following.startswith("--")
        for word, following in itertools.pairwise([*_before_separator(arguments), "--"])
    )


def _before_separator(arguments: Sequence[str]) -> list[str]:
    words = list(arguments)
    return words[: words.index("--")] if "--" in words else words


def _with_json_value(arguments: Sequence[str], flags: Sequence[Flag]) -> list[str]:
    """`--json` alone means `--json -`, which prints the JSON; a file's name follows it where it ends with .json."""
    words = list(arguments)
    if not any(flag.field == "json" and not flag.positional for flag in flags):
        return words
    given = []
    for position, word in enumerate(words):
        given.append(word)
        following = words[position + 1] if position + 1 < len(words) else ""
        if word == "--json" and not (following in ("-", ".") or following.lower().endswith(".json")):
            given.append("-")
    return given


def _check_names(arguments: Sequence[str], flags: Sequence[Flag], program: str) -> None:
    """Refuse unknown flags, and name the one that was probably meant."""
    known = [name for flag in flags if not flag.positional for name in flag.names]
    for word in _before_separator(arguments):
        name = word.partition("=")[0].replace("_", "-")
        if re.fullmatch(r"--[A-Za-z].*", name) and name not in known:
            raise InputError(f"unknown flag {word.partition('=')[0]}; see {program} --help{did_you_mean(name, known)}")


def _check_lists(arguments: Sequence[str], flags: Sequence[Flag], program: str) -> None:
    """Refuse a flag of several values that has none: a list that came out empty would replace the default unseen."""
    known = _by_name(flags)
    for word, following in itertools.pairwise([*_before_separator(arguments), "--"]):
        flag = known.get(word.replace("_", "-"))
        if flag is None or not flag.value.endswith(" ..."):
            continue
        if following.startswith("--") or following.partition("=")[0] in known:
            raise InputError(f"{word} needs at least one value: {word} {flag.value}; see {program} --help")


def _check_paths(arguments: Sequence[str], flags: Sequence[Flag]) -> None:
    """Refuse empty names of files, which would mean the working folder."""
    known = _by_name(flags)
    positional = next((flag for flag in flags if flag.positional and flag.value.startswith("PATH")), None)
    owner = positional  # of the next word that is no flag
    for word in _before_separator(arguments):
        name, equals, value = word.partition("=")
        flag = known.get(name.replace("_", "-"))
        if flag is not None and not equals:
            owner = flag if flag.value else positional
            continue
        holder, text = (owner, word) if flag is None else (flag, value)
        if holder is not None and holder.value.startswith("PATH") and not text:
            raise InputError(f"{holder.names[0]} needs the name of a file or folder, got an empty text")
        if flag is not None or owner is None or not owner.value.endswith(" ..."):
            owner = positional


def _by_name(flags: Sequence[Flag]) -> dict[str, Flag]:
    """Return every flag by each of its spellings."""
    return {name: flag for flag in flags if not flag.positional for name in flag.names}


def _reason(box: str, given: Sequence[str], flags: Sequence[Flag]) -> str:
    """The message in the box that tyro draws, on one line and in plain words."""
    message = _box_text(box)
    if "Missing from" in message:
        words = {word.partition("=")[0].replace("_", "-") for word in given}
        required = [flag for flag in flags if flag.default is dataclasses.MISSING]
        missing = [flag.names[0] for flag in required if flag.positional or not words.intersection(flag.names)]
        return f"{' and '.join(missing)} must be given"
    for pattern, plain in _PLAIN_WORDS:
        if found := re.search(pattern, message):
            return plain.format(*found.groups())
    choice = re.search(r"invalid choice ('.*') for argument '(.*)'\. Expected one of \((.*?),?\)", message)
    if choice is None:
        return message or "the flags cannot be read"
    names = choice[3].replace("'", "").split(", ")
    if "None" in names:  # an optional choice; tyro lists it in any order
        names = sorted({*names} - {"None"})
    name = choice[2] if choice[2].startswith("-") else choice[2].upper()
    return f"{name} {choice[1]}: give one of {', '.join(names)}{did_you_mean(choice[1].strip(chr(39)), names)}"


def _box_text(box: str) -> str:
    """The first section below the title."""
    parts: list[str] = []
    for line in box.splitlines()[1:]:
        text = line.strip(_FRAME)
        if text:
            parts.append(text)
        elif parts:
            break
    return " ".join(parts)


@contextlib.contextmanager
def _wide_lines() -> Iterator[None]:
    """Let tyro draw a box so wide that no message is broken; it asks the environment for the width."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "10000"
    try:
        yield
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
