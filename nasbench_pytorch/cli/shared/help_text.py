"""The help of a command: every flag by its name, the common ones explained, the others on request."""

from __future__ import annotations

import dataclasses
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasbench_pytorch.cli.shared.flag_table import Flag

_WIDEST = 100
_MOST_EXPLAINED = 12
"""Fields of a class up to which `--help` explains each; a larger class, such as the recipe, is listed by names."""


def terminal_width() -> int:
    """Return the width for text: the terminal's, within limits; 80 columns without a terminal."""
    return max(24, min(_WIDEST, shutil.get_terminal_size().columns))


def command_lines(commands: Mapping[str, str]) -> list[str]:
    """Return a line or more for each command, from its name and what it does."""
    left = max(map(len, commands)) + 4
    room = max(20, terminal_width() - left)
    lines = []
    for name, about in commands.items():
        first, *others = textwrap.wrap(about, room)
        lines += [f"  {name}".ljust(left) + first, *(" " * left + other for other in others)]
    return lines


def help_lines(program: str, about: str, flags: Sequence[Flag], own: type, everything: bool) -> Iterator[str]:
    """Yield the lines of a help text, no wider than the terminal.

    Args:
        program: the command, such as `nasbench train`.
        about: what it does.
        flags: its flags.
        own: the command's dataclass, whose own flags are explained first.
        everything: explain every flag; False lists those of large groups by their names.
    """
    width = terminal_width()
    positional = [flag for flag in flags if flag.positional]
    required = [f"{flag.names[0]} {flag.value}" for flag in flags if _is_required(flag) and not flag.positional]
    named = [flag.names[0] if _is_required(flag) else f"[{flag.names[0]}]" for flag in positional]
    yield from _wrapped(" ".join([f"usage: {program} [-h]", *named, *required, "[OPTIONS]"]), width, "", "  ")
    yield ""
    yield from _wrapped(about, width)
    yield ""
    for flag in positional:
        yield from _explained(flag, width)
    hidden = False
    for group, members in groupby(_in_order(flags, own), key=lambda flag: flag.group):
        these = list(members)
        if everything or len(these) <= _MOST_EXPLAINED or group is own:
            for flag in these:
                yield from _explained(flag, width)
            continue
        hidden = True
        title = group.__name__.lstrip("_").removesuffix("Arguments").lower()
        yield from ["", *_wrapped(f"{title}, with its values (--help-all explains each):", width)]
        yield from _wrapped("  ".join(_brief(flag) for flag in these), width, "  ", "  ")
    yield ""
    yield from _row("-h, --help", "Show this help.", width)
    if hidden:
        yield from _row("--help-all", "Show it with every flag explained.", width)


def _in_order(flags: Sequence[Flag], own: type) -> list[Flag]:
    """The named flags: the command's own, and then each group in one piece."""
    groups = list(dict.fromkeys(flag.group for flag in flags))
    small = [group for group in groups if sum(flag.group is group for flag in flags) <= _MOST_EXPLAINED]
    order = [own, *(group for group in small if group is not own), *groups]
    return sorted((flag for flag in flags if not flag.positional), key=lambda flag: order.index(flag.group))


def _explained(flag: Flag, width: int) -> Iterator[str]:
    switch_off = flag.default is False and f"--no{flag.names[0][1:]}"  # accepted, and the default already
    names = ", ".join(name for name in flag.names if name != switch_off)
    default = _default_text(flag)
    yield from _row(
        f"{names} {flag.value}".strip() if not flag.positional else names,
        " ".join(part for part in (flag.about, f"[{default}]" if default else "") if part),
        width,
    )


def _row(head: str, text: str, width: int) -> Iterator[str]:
    """A name at the left and its text beside it, or below it where the name is long."""
    left = 26 if width >= 70 else 4
    lines = textwrap.wrap(text, width - left, break_on_hyphens=False) or [""]
    if len(head) + 4 > left:
        yield from _wrapped(head, width, "  ", "      ")
    else:
        yield f"  {head}".ljust(left) + lines.pop(0)
    for line in lines:
        yield " " * left + line


def _brief(flag: Flag) -> str:
    """A flag with its value, as it would be typed; spaces inside it do not break."""
    if isinstance(flag.default, bool):
        text = f"{flag.names[0]} ({'on' if flag.default else 'off'})"
    elif flag.default is None or flag.default is dataclasses.MISSING:
        text = f"{flag.names[0]} {flag.value}"
    else:
        text = f"{flag.names[0]} {_shown(flag.default)}"
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _is_required(flag: Flag) -> bool:
    return flag.default is dataclasses.MISSING


def _default_text(flag: Flag) -> str:
    if _is_required(flag):
        return "required"
    if flag.default is None or flag.default is False or flag.default in ((), ""):
        return ""
    if flag.default is True:
        return "yes"
    return _shown(flag.default)


def _shown(value: Any) -> str:
    return " ".join(map(_shown, value)) if isinstance(value, tuple) else str(value)


def _wrapped(text: str, width: int, first: str = "", later: str = "") -> list[str]:
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=later,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]
