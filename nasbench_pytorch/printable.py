"""Text that is safe to print: control characters are escaped, and any encoding can write it."""

from __future__ import annotations

import codecs
import contextlib
import io
import sys
from typing import TextIO

_PLAIN = {
    "→": "->",
    "←": "<-",
    "−": "-",
    "–": "-",
    "—": "-",
    "×": "x",
    "·": "*",
    "±": "+-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "½": "1/2",
    "²": "^2",
    "‖": "||",
    "…": "...",
    "‘": "'",
    "’": "'",
    "“": '"',
    "”": '"',
    "│": "|",
    "─": "-",
    "━": "-",
    "╸": "-",
    "╺": "-",
}
"""What stands for a character of ours that an encoding lacks."""

_HANDLER = "nasbench-plain"


def escape_controls(text: str) -> str:
    r"""Return `text` with every character that could steer a terminal written as an escape, such as `\x1b`.

    Names of cells, messages of a server and reasons in a ledger come from files and from the network. Printed raw, an
    escape sequence in them could clear the screen, or show another text than the file holds. Letters, digits, signs
    and spaces of all languages stay as they are; line ends, lone surrogates and marks that reverse the direction of
    writing are escaped.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def size_text(size_bytes: int) -> str:
    """Return a size as text: `2.1 GB`, `304 MB`, `1.8 MB`, `12,345 bytes`; units are powers of 1,000."""
    if size_bytes < 1e5:
        return f"{size_bytes:,} bytes"
    number, unit = (size_bytes / 1e9, "GB") if size_bytes >= 1e9 else (size_bytes / 1e6, "MB")
    return f"{number:,.{0 if number >= 100 else 1}f} {unit}"


def print_lines(*lines: str, file: TextIO | None = None) -> None:
    """Print lines of text with their control characters escaped.

    Args:
        lines: each may hold several lines, separated by line feeds.
        file: stdout if None.
    """
    text = "\n".join(escape_controls(part) for line in lines for part in line.split("\n"))
    print(text, file=sys.stdout if file is None else file, flush=file is sys.stderr)


def let_any_encoding_print() -> None:
    """Let stdout and stderr of this process write any text, whatever their encoding.

    A character that the encoding lacks is written in plain letters (`->` for an arrow) or as an escape. Without this,
    a help text with an arrow ends in a UnicodeEncodeError where the encoding is cp1252, Latin-1, GBK or ASCII.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(io.UnsupportedOperation, ValueError):
                stream.reconfigure(errors=_HANDLER)


def _in_plain_letters(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    failed = error.object[error.start : error.end]
    text = "".join(_PLAIN.get(one) or one.encode("unicode_escape").decode("ascii") for one in failed)
    return text, error.end


codecs.register_error(_HANDLER, _in_plain_letters)
