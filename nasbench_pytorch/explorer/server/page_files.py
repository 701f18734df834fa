"""The files of the page: read once at the start, so that no request reaches the file system.

The modules are sent as one. A browser asks for each by itself, and 47 requests take longer than painting a small table.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import NamedTuple

from nasbench_pytorch.explorer.bundle import PAGE, bundle

_MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_ENTRY = "main.js"
_PRELOAD = re.compile(r'<link rel="modulepreload" href="[^"]*">\n')


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


def read_page_files(folder: Path = PAGE) -> dict[str, PageFile]:
    """Return the files that a browser gets by name: the page, its styles, and its modules as one."""
    page = (folder / "index.html").read_text(encoding="utf-8")
    texts = {"index.html": _PRELOAD.sub("", page), _ENTRY: bundle(folder / _ENTRY)}
    texts |= {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.css"))}
    return {name: _packed(name, text.encode()) for name, text in texts.items()}


def _packed(name: str, content: bytes) -> PageFile:
    media_type = f"{_MEDIA_TYPES[Path(name).suffix]}; charset=utf-8"
    return PageFile(media_type, content, gzip.compress(content, 9, mtime=0))
