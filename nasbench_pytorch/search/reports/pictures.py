"""The pictures of a report: regret over cost, final regrets, and incumbents."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nasbench_pytorch.plots.cells import draw_contact_sheet
from nasbench_pytorch.plots.figures import plain_label, save_figure
from nasbench_pytorch.plots.regret import RegretCurve, final_regret_figure, regret_figure
from nasbench_pytorch.search.reports.number_text import worth_text
from nasbench_pytorch.search.reports.rules_text import cost_heading

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nasbench_pytorch.search.reports.contents import ReportContents
    from nasbench_pytorch.space.spec import ModelSpec

_CELLS_OF_EACH = 6


def draw_pictures(folder: Path, contents: ReportContents) -> None:
    """Draw `regret.png`, `final_regret.png` and `incumbents.png` into a folder.

    Raises:
        MissingExtraError: matplotlib is not installed.
        OSError: the folder cannot be written.
    """
    regret, final = regret_figures(contents)
    save_figure(regret, folder / "regret.png")
    save_figure(final, folder / "final_regret.png")
    _draw_incumbents(folder / "incumbents.png", contents)


def regret_figures(contents: ReportContents) -> tuple[Figure, Figure]:
    """Return the figures of regret over cost, and of the distribution of final regrets.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    about = contents.searches[0].about
    of_table = about["evaluate"] == "table"
    name = "regret of the score" if contents.worth_is == "score" else "regret"
    if of_table:
        name = "test regret" if contents.truth is not None else f"regret of the observed {contents.worth_is}"
    where = f"{about['protocol']}, {Path(about['table']).name}" if of_table else str(about["evaluate"])
    curves = [
        RegretCurve(plain_label(search.name), search.curve.at, search.curve.mean, search.curve.low, search.curve.high)
        for search in contents.searches
    ]
    where = plain_label(where)
    title = f"Mean and quartiles ({where})"
    finals = {plain_label(search.name): search.finals for search in contents.searches}
    return (
        regret_figure(curves, x_label=cost_heading(contents), y_label=name, title=title),
        final_regret_figure(finals, x_label=f"final {name}", title=where),
    )


class CommonIncumbent(NamedTuple):
    """A cell that is the last incumbent of several runs of a search.

    Attributes:
        search: name of the search.
        spec: the cell.
        hash: its hash.
        ended_here: number of runs with this last incumbent.
        runs: number of all runs of the search.
        worth: value of the incumbent in one of these runs; see `ReportContents.worth_is`.
    """

    search: str
    spec: ModelSpec
    hash: str
    ended_here: int
    runs: int
    worth: float


def common_incumbents(contents: ReportContents) -> list[CommonIncumbent]:
    """Return the most common last incumbents of each search, up to six, the most common first."""
    found = []
    for search in contents.searches:
        counted = Counter(position for position in search.incumbents.tolist() if position >= 0)
        for position, count in counted.most_common(_CELLS_OF_EACH):
            worth = float(search.worth[search.incumbents == position][0])
            spec, module_hash = contents.space[position], contents.space.hash_at(position)
            found.append(CommonIncumbent(search.name, spec, module_hash, count, search.final.runs, worth))
    return found


def _draw_incumbents(path: Path, contents: ReportContents) -> None:
    """Draw the most common last incumbents, one row for each search, titled with the number of runs and the value."""
    found = common_incumbents(contents)
    cells = [(one.spec.pruned().matrix.tolist(), one.spec.pruned().ops) for one in found]
    titles = [
        f"{plain_label(one.search[:28])}: {one.ended_here} of {one.runs}, {worth_text(one.worth, contents.worth_is)}"
        for one in found
    ]
    draw_contact_sheet(path, cells, columns=_CELLS_OF_EACH, titles=titles)
