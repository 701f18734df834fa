"""`nasbench plot`: pictures of a table or a campaign."""

from __future__ import annotations

from nasbench_pytorch.cli.shared.groups import Commands, run_group

COMMANDS: Commands = {
    "scatter": ("plot.of_cells:scatter", "draw accuracy over training time and over parameters"),
    "correlations": ("plot.of_cells:correlations", "draw how the accuracies at different budgets agree"),
    "sheet": ("plot.of_cells:sheet", "draw cells, sorted by accuracy"),
    "curves": ("plot.of_trainings:curves", "draw the learning curves of the trainings"),
}

_ABOUT = """\
A picture of a table (a name, see nasbench table list, or a file) or of the results so far of a campaign (its folder).
The file's ending decides the format: .png, .svg or .pdf. Further pictures: nasbench cell --out, nasbench table compare
--plot."""


def main(arguments: list[str]) -> int | None:
    """Run a subcommand."""
    return run_group("plot", COMMANDS, _ABOUT, arguments)
