"""Creation and saving of a matplotlib figure, the same for every picture."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.files import atomic_write, known_suffix
from nasbench_pytorch.folders import matplotlib_folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FORMATS = (".png", ".svg", ".pdf")


def new_figure(width_in: float, height_in: float) -> Figure:
    """Return an empty figure, without a window or global state.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    folder = matplotlib_folder()
    if folder is not None:
        os.environ["MPLCONFIGDIR"] = str(folder)
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "plots") from error
    return Figure(figsize=(width_in, height_in), layout="constrained")


def save_figure(figure: Figure, path: str | os.PathLike[str], dpi: int = 150) -> None:
    """Save a figure atomically, in the format of the path's suffix (.png, .svg, .pdf).

    Raises:
        InputError: the suffix is unknown.
        OSError: the folder is missing or cannot be written.
    """
    suffix = check_suffix(path)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=suffix[1:], dpi=dpi)
    with atomic_write(path) as stream:
        stream.write(buffer.getvalue())


def check_suffix(path: str | os.PathLike[str]) -> str:
    """Return the path's suffix; call this before drawing a picture that takes long.

    Raises:
        InputError: `save_figure` has no format for the suffix.
    """
    return known_suffix(path, _FORMATS, "draw")
