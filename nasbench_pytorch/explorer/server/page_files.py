"""The files of the page: read once at the start, so that no request reaches the file system."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import NamedTuple

PAGE_FOLDER = Path(__file__).parent.parent / "page"

_MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_NAME = re.compile(r"[a-z][a-z0-9_]*\.(html|css|js|svg)")


class PageFile(NamedTuple):
    """A file of the page.

    Attributes:
        media_type: its media type.
        content: its content.
        compressed: the content, compressed with gzip.
    """

    media_type: str
    content: bytes
    compressed: bytes


def read_page_files(folder: Path = PAGE_FOLDER) -> dict[str, PageFile]:
    """Return the files of the page by name; files of other names, and folders, are no part of it."""
    files = (path for path in sorted(folder.iterdir()) if _NAME.fullmatch(path.name) and path.is_file())
    return {path.name: _read(path) for path in files}


def _read(path: Path) -> PageFile:
    content = path.read_bytes()
    return PageFile(f"{_MEDIA_TYPES[path.suffix]}; charset=utf-8", content, gzip.compress(content, 9, mtime=0))
