"""The flags that the four commands of `nasbench plot` share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro


@dataclass(frozen=True)
class PictureFlags:
    """What to draw of, where to draw it, and how to report it."""

    out: Annotated[Path, tyro.conf.arg(aliases=("-o",))]
    """The picture (.png, .svg or .pdf)."""
    table: tyro.conf.Positional[str | None] = None
    """A table (name or file) or a campaign's folder; by default the best table on this machine."""
    metric: str | None = None
    """The accuracy, as a mean over the repeats; by default that of test images."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""
