"""`nasbench plot curves`."""

from __future__ import annotations

from dataclasses import dataclass

from nasbench_pytorch.cli.plot.picture_flags import PictureFlags
from nasbench_pytorch.cli.plot.written import check_picture, report_picture
from nasbench_pytorch.cli.shared.flags import parse


@dataclass(frozen=True)
class _Curves(PictureFlags):
    epochs: int | None = None
    """Draw this budget alone; by default all."""
    title: str = ""
    """Text above the picture."""


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
