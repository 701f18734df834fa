"""A file that may be a table: its first bytes, and what they show, for the recognition of its layout."""

from __future__ import annotations

import functools
import gzip
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.layouts.pickles.allowed import PANDAS
from nasbench_pytorch.table.layouts.pickles.memory import CALL, DICT, LIST
from nasbench_pytorch.table.layouts.pickles.stream import PickleStream
from nasbench_pytorch.table.layouts.pickles.values import Call, Values

if TYPE_CHECKING:
    from typing import BinaryIO

HEAD_BYTES = 1 << 16
_GZIP = b"\x1f\x8b"
_PICKLE_START = re.compile(
    rb"\x80[\x02-\x05]|\([dl](p\d+\n|[.VIFLSNcg(])|\(?[ci][\w.]+\n[\w.]+\n|[\]}](q.|r....|[.(XUTKMJNG])", re.DOTALL
)
"""How pickles of protocols 0 to 5 begin; text files that begin with the same letter do not go on like this."""
_OUTLINE_STEPS = 20_000
_OUTLINE_MEMBERS = 6


class Candidate:
    """One file, opened for reading only.

    Attributes:
        path: the file.
        size_bytes: size of the file.

    Args:
        path: the file.

    Raises:
        InputError: the file is empty.
        OSError: the file cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.size_bytes = self.path.stat().st_size
        if not self.size_bytes:
            raise InputError(f"{self.path}: the file is empty; get it again")

    @functools.cached_property
    def is_gzip(self) -> bool:
        """Whether the file is compressed by gzip."""
        with self.path.open("rb") as stream:
            return stream.read(2) == _GZIP

    @functools.cached_property
    def head(self) -> bytes:
        """The first 64 KiB, decompressed."""
        with self.open() as stream:
            return stream.read(HEAD_BYTES)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the file, decompressed.

        Raises:
            InputError: the compressed data are damaged.
        """
        if not self.is_gzip:
            with self.path.open("rb", buffering=0) as plain:
                yield cast("BinaryIO", plain)
            return
        try:
            with gzip.open(self.path, "rb") as stream:
                yield cast("BinaryIO", stream)
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise InputError(f"{self.path}: damaged or cut short ({error}); get the file again") from None

    def refuse_gzip(self) -> None:
        """Refuse a compressed file of a layout whose reader needs the file itself.

        Raises:
            InputError: the file is compressed.
        """
        if self.is_gzip:
            raise InputError(f"{self.path}: compressed by gzip; decompress this file first")

    @functools.cached_property
    def outline(self) -> PickleOutline | None:
        """The beginning of a pickle; None if the file is none.

        Raises:
            InputError: the file is a pickle that mentions a forbidden name near its beginning, or is damaged there.
        """
        if not _PICKLE_START.match(self.head) or self.json_start:
            return None
        with self.open() as source:
            return PickleOutline(PickleStream(source, str(self.path), allowed=PANDAS))

    @functools.cached_property
    def json_start(self) -> bytes:
        """The first characters of a JSON text, without white space; empty if the file is none."""
        text = self.head.lstrip(b"\xef\xbb\xbf \t\r\n")
        second = text[1:].lstrip(b" \t\r\n")[:1]
        if (text[:1] == b"{" and second in (b'"', b"}")) or (text[:1] == b"[" and second in (b"{", b"[", b'"', b"]")):
            return text
        return b""


class PickleOutline:
    """The beginning of a pickle.

    Attributes:
        kind: `dict`, `list`, the name that is called, or another word.
        members: the first members of the outermost container: keys and values in turn, or elements; finished ones only.

    Args:
        stream: the pickle, at its beginning.
    """

    def __init__(self, stream: PickleStream) -> None:
        stack = stream.peek(_OUTLINE_STEPS)
        self.kind, self.members = "nothing", []
        if not len(stack):
            return
        root, values = int(stack[0]), Values(stream)
        kind = int(stream.memory.kind[root])
        holder = root + int(kind == CALL)
        nodes = values.members(holder) if kind in (DICT, LIST, CALL) else []
        nodes = (nodes or stack[1:].tolist())[:_OUTLINE_MEMBERS]
        self.kind = {DICT: "dict", LIST: "list"}.get(kind, "other")
        if kind == CALL:
            value = values.of(root)
            self.kind = value.function.name if isinstance(value, Call) and hasattr(value.function, "name") else "dict"
        self.members = [values.of(node) for node in nodes]

    def pair(self) -> tuple[Any, Any] | None:
        """Return the first key and value of a dict; None if there is none."""
        return (self.members[0], self.members[1]) if self.kind == "dict" and len(self.members) > 1 else None
