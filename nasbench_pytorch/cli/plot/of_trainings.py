"""`nasbench plot curves`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from nasbench_pytorch.cli.plot.written import check_picture, report_picture
from nasbench_pytorch.cli.shared.flags import parse


@dataclass(frozen=True)
class _Curves:
    out: Annotated[Path, tyro.conf.arg(aliases=("-o",))]
    """The picture (.png, .svg or .pdf)."""
    table: tyro.conf.Positional[str | None] = None
    """A campaign's folder; or a table: a name or a file; by default the best table that is on this machine."""
    metric: str | None = None
    """Accuracy that colours the curves; by default that of test images."""
    epochs: int | None = None
    """Draw this budget alone; by default all."""
    title: str = ""
    """Text above the picture."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def curves(arguments: list[str]) -> None:
    """Draw learning curves."""
    parsed = parse(_Curves, arguments, "nasbench plot curves", "Draw the learning curves of many trainings.")
    check_picture(parsed.out, parsed.json)
    from nasbench_pytorch.explorer.opened import opened_results
    from nasbench_pytorch.explorer.pictures.of_trainings import learning_figure
    from nasbench_pytorch.plots.figures import save_figure

    with opened_results(parsed.table) as table:
        save_figure(learning_figure(table, parsed.metric, parsed.epochs, parsed.title), parsed.out)
        report_picture(parsed.out, parsed.json, trainings=table.rows)
