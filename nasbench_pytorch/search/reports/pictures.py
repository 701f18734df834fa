"""The pictures of a report."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.plots.cells import draw_contact_sheet
from nasbench_pytorch.plots.figures import save_figure
from nasbench_pytorch.plots.regret import RegretCurve, final_regret_figure, regret_figure
from nasbench_pytorch.search.reports.text import cost_heading

if TYPE_CHECKING:
    from nasbench_pytorch.search.reports.contents import ReportContents

_CELLS_OF_EACH = 6


def draw_pictures(folder: Path, contents: ReportContents) -> None:
    """Draw `regret.png`, `final_regret.png` and `incumbents.png` into a folder.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OSError: the folder cannot be written.
    """
    what = "regret of the score" if contents.worth_is == "score" else "regret"
    name = "test regret" if contents.truth is not None else what
    about = contents.searches[0].about
    where = (
        f"{about['protocol']}, {Path(about['table']).name}" if contents.truth is not None else str(about["evaluate"])
    )
    curves = [
        RegretCurve(search.name, search.curve.at, search.curve.mean, search.curve.low, search.curve.high)
        for search in contents.searches
    ]
    title = f"Mean and quartiles ({where})"
    figure = regret_figure(curves, x_label=cost_heading(contents), y_label=name, title=title)
    save_figure(figure, folder / "regret.png")
    finals = {search.name: search.finals for search in contents.searches}
    save_figure(final_regret_figure(finals, x_label=f"final {name}", title=where), folder / "final_regret.png")
    _draw_incumbents(folder / "incumbents.png", contents)


def _draw_incumbents(path: Path, contents: ReportContents) -> None:
    """Draw the commonest last incumbents of each search in a row, with how many runs ended with each."""
    cells, titles = [], []
    for search in contents.searches:
        counted = Counter(place for place in search.incumbents.tolist() if place >= 0)
        for place, count in counted.most_common(_CELLS_OF_EACH):
            pruned = contents.space[place].pruned()
            cells.append((pruned.matrix.tolist(), pruned.ops))
            worth = search.worth[search.incumbents == place][0]
            titles.append(f"{search.name[:28]}: {count} of {search.final.runs}, {worth:.4f}")
    draw_contact_sheet(path, cells, columns=_CELLS_OF_EACH, titles=titles)
