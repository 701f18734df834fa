"""Creation and saving of a matplotlib figure, and the style that all pictures share."""

from __future__ import annotations

import io
import os
import re
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import MissingExtraError
from nasbench_pytorch.files import atomic_write, known_suffix
from nasbench_pytorch.folders import matplotlib_folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_FORMATS = (".png", ".svg", ".pdf")

INK = "#22303c"
"""Colour of texts and lines."""
QUIET = "#7b8896"
"""Colour of what must not draw the eye: edges, axes, reference lines."""
PALETTE = ("#3b6fb6", "#e08e2b", "#2a9d8f", "#c8553d", "#8e6bb0", "#5bb0d8", "#7a8b3c", "#b0578d")
"""Colours of curves, in order. Neighbours differ in lightness too, for readers who do not see all colours."""
SEQUENCE = "cividis"
"""Colour map of numbers; its lightness grows evenly, also for readers who do not see all colours."""

_SAME_EVERY_TIME: dict[str, dict[str, Any]] = {
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".png": {"Software": None},
}
"""What matplotlib would write into a file about itself and the time; without it, equal pictures are equal files."""


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


def check_can_draw() -> None:
    """Refuse to begin work that ends with a picture where none can be drawn.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    new_figure(1, 1)


def style_axes(axes: Axes, title: str = "", grid: str = "both") -> None:
    """Give axes the look that all pictures share; call it after their contents are drawn.

    Args:
        axes: the axes.
        title: a line above them.
        grid: which grid lines to draw: `both`, `x`, `y` or `none`.
    """
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(QUIET)
    axes.tick_params(labelsize=8, colors=INK, which="both", width=0.6)
    axes.xaxis.label.set(size=9, color=INK)
    axes.yaxis.label.set(size=9, color=INK)
    axes.set_axisbelow(True)
    if grid != "none":
        axes.grid(visible=True, axis=grid, color=QUIET, alpha=0.22, linewidth=0.6)  # type: ignore[arg-type]
    if title:
        axes.set_title(title, fontsize=9.5, color=INK)


def set_title(figure: Figure, title: str) -> None:
    """Write a line above the whole figure."""
    if title:
        figure.suptitle(title, fontsize=11, color=INK)


def legend_below(axes: Axes, columns: int = 4) -> None:
    """Put the legend of some axes below all axes of their figure, where it hides neither curves nor the title."""
    handles, _ = axes.get_legend_handles_labels()
    if handles and axes.figure is not None:
        look: dict[str, Any] = {"frameon": False, "fontsize": 8.5, "labelcolor": INK, "handles": handles}
        axes.figure.legend(loc="outside lower center", ncols=min(columns, len(handles)), **look)


def save_figure(figure: Figure, path: str | os.PathLike[str], dpi: int = 150) -> None:
    """Save a figure atomically, in the format of the path's suffix (.png, .svg, .pdf).

    Equal figures make equal files, under one version of matplotlib.

    Raises:
        InputError: the suffix is unknown.
        OSError: the folder is missing or cannot be written.
    """
    suffix = check_suffix(path)
    content = _rendered(figure, suffix, dpi)
    with atomic_write(path) as stream:
        stream.write(content)


def figure_svg(figure: Figure, name: str) -> str:
    """Return a figure as an `<svg>` element for a page, without a prologue.

    Texts stay texts, and the background is transparent.

    Args:
        figure: the figure.
        name: a word that no other picture of the page has; the element's identifiers begin with it.
    """
    figure.patch.set_alpha(0.0)
    for axes in figure.axes:
        if axes.get_facecolor() == (1.0, 1.0, 1.0, 1.0):
            axes.patch.set_alpha(0.0)
    text = _rendered(figure, ".svg", 150, fonttype="none").decode()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    return re.sub(r'(href="|url\()#', rf"\g<1>#{name}-", text)


def _rendered(figure: Figure, suffix: str, dpi: int, fonttype: str = "path") -> bytes:
    import matplotlib

    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "nasbench", "svg.fonttype": fonttype}):
        figure.savefig(buffer, format=suffix[1:], dpi=dpi, metadata=_SAME_EVERY_TIME[suffix])
    return buffer.getvalue()


def check_suffix(path: str | os.PathLike[str]) -> str:
    """Return the path's suffix; call this before drawing a picture that takes long.

    Raises:
        InputError: `save_figure` has no format for the suffix.
    """
    return known_suffix(path, _FORMATS, "draw")


def plain_label(text: str) -> str:
    """Return text that matplotlib draws as it is: it takes `$` for mathematics, and a first `_` for a hidden label."""
    plain = text.replace("$", r"\$")
    return f" {plain}" if plain.startswith("_") else plain
