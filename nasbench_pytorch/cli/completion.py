"""`nasbench completion`: a script that completes commands and flags in a shell."""

from __future__ import annotations

import contextlib
import importlib
import io
import re
from dataclasses import dataclass
from typing import Literal

import tyro

from nasbench_pytorch.cli import SUBCOMMANDS
from nasbench_pytorch.cli import main as run_command
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.printable import print_lines

_GROUPS = ("space", "table", "predict", "proxy", "search", "campaign")


@dataclass(frozen=True)
class _Arguments:
    shell: tyro.conf.Positional[Literal["bash", "zsh", "fish"]]
    """The shell. Load the script with: eval "$(nasbench completion bash)", the same for zsh, or, for fish,
    nasbench completion fish | source"""


def main(arguments: list[str]) -> None:
    about = "Print a script that completes commands, flags and file names in a shell."
    shell = parse(_Arguments, arguments, "nasbench completion", about).shell
    words = {command: " ".join(_words(command)) for command in _commands()}
    print_lines(*(_fish(words) if shell == "fish" else _bash(words, shell)))


def _commands() -> list[str]:
    """Every command, the group's name before its own; the empty one completes subcommands."""
    found = ["", *SUBCOMMANDS]
    for group in _GROUPS:
        found += [f"{group} {name}" for name in importlib.import_module(f"nasbench_pytorch.cli.{group}").COMMANDS]
    return found


def _words(command: str) -> list[str]:
    """What may follow a command: subcommands, or its flags as its help shows them."""
    if command == "":
        return list(SUBCOMMANDS)
    if command in _GROUPS:
        return list(importlib.import_module(f"nasbench_pytorch.cli.{command}").COMMANDS)
    if command == "completion":
        return ["bash", "zsh", "fish"]
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        run_command([*command.split(), "--help-all"])
    return sorted(set(re.findall(r"(?<![\w-])--[a-z0-9][a-z0-9-]*", text.getvalue())))


def _bash(words: dict[str, str], shell: str) -> list[str]:
    lines = ["autoload -U +X bashcompinit && bashcompinit"] if shell == "zsh" else []
    lines += [
        "_nasbench() {",
        '  local current="${COMP_WORDS[COMP_CWORD]}" command="" words',
        '  [ "$COMP_CWORD" -gt 1 ] && command="${COMP_WORDS[1]}"',
        f'  case " {" ".join(_GROUPS)} " in *" $command "*)',
        '    [ -n "$command" ] && [ "$COMP_CWORD" -gt 2 ] && command="$command ${COMP_WORDS[2]}" ;;',
        "  esac",
        '  case "$command" in',
        *(f"    '{command}') words='{text}' ;;" for command, text in words.items()),
        "    *) words='' ;;",
        "  esac",
        '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
        "}",
        "complete -o default -F _nasbench nasbench",
    ]
    return lines


def _fish(words: dict[str, str]) -> list[str]:
    lines = []
    for command, text in words.items():
        seen = command.split()
        known = words[seen[0]] if seen and seen[0] in _GROUPS and len(seen) == 1 else words[""]
        inside = " and ".join(f"__fish_seen_subcommand_from {word}" for word in seen)
        outside = (
            f"not __fish_seen_subcommand_from {known}" if not seen or (seen[0] in _GROUPS and len(seen) == 1) else ""
        )
        condition = "; and ".join(part for part in (inside.replace(" and ", "; and "), outside) if part)
        lines.append(f"complete -c nasbench -n '{condition}' -a '{text}'")
    return lines
