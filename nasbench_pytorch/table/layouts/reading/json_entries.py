"""The entries of a large JSON text, one at a time."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate

_WINDOW_BYTES = 1 << 20
_LONGEST_ENTRY = 1 << 28
_SPACE = " \t\r\n"


def json_entries(candidate: Candidate, progress: Progress | None = None) -> Iterator[tuple[str | None, Any]]:
    """Yield the entries of an object with their keys, or the elements of an array with None.

    Args:
        candidate: a JSON text in UTF-8.
        progress: called with the bytes read and the bytes in all.

    Raises:
        InputError: the text is damaged or cut short, or an entry is too long.
    """
    with candidate.open() as source:
        text = _Text(source, str(candidate.path), None if candidate.is_gzip else progress, candidate.size_bytes)
        opening = text.next_sign()
        if opening not in ("{", "["):
            raise text.damaged("it begins with neither { nor [")
        closing = "}" if opening == "{" else "]"
        sign = text.next_sign()
        while sign != closing:
            text.back()
            key = None
            if opening == "{":
                key = text.value()
                if not isinstance(key, str) or text.next_sign() != ":":
                    raise text.damaged("an entry without a name")
            yield key, text.value()
            sign = text.next_sign()
            if sign == ",":
                sign = text.next_sign()
                if sign == closing:
                    raise text.damaged("a comma without an entry behind it")
            elif sign != closing:
                raise text.damaged("an entry that does not end")
        text.check_end()


class _Text:
    """Window over a JSON text."""

    def __init__(self, source: Any, where: str, progress: Progress | None, size_bytes: int) -> None:
        self._source, self._where, self._progress, self._size_bytes = source, where, progress, size_bytes
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._parse = json.JSONDecoder().raw_decode
        self._window, self._place, self._read, self._ended = "", 0, 0, False

    def _fill(self) -> bool:
        """Read more of the text; return whether there was more."""
        if self._ended:
            return False
        wanted = max(_WINDOW_BYTES, len(self._window) - self._place)
        raw = self._source.read(wanted)
        self._ended = not raw
        self._read += len(raw)
        try:
            more = self._decode(raw, final=self._ended)
        except UnicodeDecodeError:
            raise self.damaged("it is not UTF-8") from None
        self._window, self._place = self._window[self._place :] + more, 0
        if len(self._window) > _LONGEST_ENTRY:
            raise self.damaged("an entry is too long")
        if self._progress is not None:
            self._progress(min(self._read, self._size_bytes), self._size_bytes)
        return True

    def next_sign(self) -> str:
        """Return the next character that is no white space, and move behind it."""
        while True:
            while self._place < len(self._window):
                self._place += 1
                if self._window[self._place - 1] not in _SPACE:
                    return self._window[self._place - 1]
            if not self._fill():
                raise self.damaged("the file is cut short")

    def back(self) -> None:
        """Move before the character that `next_sign` returned."""
        self._place -= 1

    def value(self) -> Any:
        """Return the next value, and move behind it."""
        self.next_sign()
        self.back()
        while True:
            try:
                value, end = self._parse(self._window, self._place)
            except RecursionError:
                raise self.damaged("its values are nested too deeply") from None
            except ValueError as error:
                if self._fill():
                    continue
                raise self.damaged(f"{str(error).split(':')[0]}, or the file is cut short") from None
            # A number at the end of the window may go on behind it.
            if end < len(self._window) or not self._fill():
                self._place = end
                return value

    def check_end(self) -> None:
        """Check that only white space is left."""
        try:
            self.next_sign()
        except InputError:
            return
        raise self.damaged("there is something behind the end of the text")

    def damaged(self, reason: str) -> InputError:
        """Return the error for a damage near the position."""
        shown = ascii(reason)[1:-1]
        return InputError(
            f"{self._where}: the JSON is damaged near byte {self._read:,}: {shown:.120}; get the file again"
        )
