"""Tables of text that fit the terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence

_INDENT = 4
_LABEL = 12


def output_width() -> int | None:
    """Return the width that stdout must keep to: that of `COLUMNS`, else the terminal's; None for files and pipes."""
    if os.environ.get("COLUMNS", "").isdecimal() or (hasattr(sys.stdout, "isatty") and sys.stdout.isatty()):
        return max(20, shutil.get_terminal_size().columns)
    return None


def table_lines(headings: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int] = ()) -> Iterator[str]:
    """Yield a heading and the rows of a table; where a row is too wide, its last columns follow on indented lines.

    Args:
        headings: one for each column.
        rows: one text for each column.
        left: columns that are aligned to the left; the others are numbers.
    """
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    limit = output_width()
    pieces = _pieces(widths, limit)
    last_number = max((column for column in range(len(widths)) if column not in left), default=-1)
    for row in (headings, *rows):
        for number, columns in enumerate(pieces):
            if number and len(columns) == 1:  # alone on its line, so nothing stands below it
                yield from _alone(row[columns[0]], limit)
                continue
            cells = [row[c].ljust(widths[c]) if c in left else row[c].rjust(widths[c]) for c in columns]
            # Texts behind the last number are followed by texts only: they need no common width.
            cells = [row[c] if c > last_number else cell for c, cell in zip(columns, cells, strict=True)]
            yield (" " * _INDENT * (number > 0) + "  ".join(cells)).rstrip()


def labelled_lines(label: str, text: str) -> list[str]:
    """Return a label and a text beside it, which is broken where it is wider than the terminal."""
    limit = output_width()
    if limit is None:
        return [f"{label:<{_LABEL}}{text}".rstrip()]
    lines = textwrap.wrap(text, max(20, limit - _LABEL), break_on_hyphens=False) or [""]
    return [f"{name:<{_LABEL}}{line}".rstrip() for name, line in zip([label, *[""] * len(lines)], lines, strict=False)]


def fold_lines(lines: Sequence[str], separator: str) -> Iterator[str]:
    """Yield lines of one layout; where they are too wide, the part behind a place goes to a second, indented line.

    Args:
        lines: the heading first; `separator` is in it.
        separator: text at which the second part begins.
    """
    limit, place = output_width(), lines[0].index(separator)
    for line in lines:
        if limit is None or max(map(len, lines)) <= limit:
            yield line
        else:
            yield from (line[:place].rstrip(), " " * _INDENT + line[place:])


def _alone(text: str, limit: int | None) -> list[str]:
    """A text on indented lines of its own, broken behind commas and spaces."""
    room = len(text) if limit is None else limit - _INDENT
    lines = [""]
    for part in re.findall(r"[^, ]*[, ]?", text):
        if len(lines[-1]) + len(part) > room and lines[-1]:
            lines.append("")
        lines[-1] += part
    return [" " * _INDENT + line.rstrip() for line in lines]


def _pieces(widths: Sequence[int], limit: int | None) -> list[list[int]]:
    """The columns of each line of a row."""
    pieces: list[list[int]] = [[]]
    used = 0
    for column, width in enumerate(widths):
        needed = width + (2 if pieces[-1] else _INDENT * (len(pieces) > 1))
        if limit is not None and pieces[-1] and used + needed > limit:
            pieces.append([])
            used, needed = 0, width + _INDENT
        pieces[-1].append(column)
        used += needed
    return pieces
