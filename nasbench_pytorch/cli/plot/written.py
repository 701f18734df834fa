"""Checks before a picture is drawn, and the line about it."""

from __future__ import annotations

from pathlib import Path

from nasbench_pytorch.cli.shared.json_output import check_json_path, file_facts, write_result
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.cli.table.text import check_out
from nasbench_pytorch.plots.figures import check_suffix
from nasbench_pytorch.printable import print_lines, size_text


def check_picture(out: Path, json: Path | None) -> None:
    """Refuse a file that cannot be written, before the work begins.

    Raises:
        InputError: the ending is unknown, or a folder does not exist.
    """
    check_suffix(out)
    check_out(out)
    check_json_path(json)


def report_picture(out: Path, json: Path | None, **counts: int) -> None:
    """Print the name and size of a picture, and how many things (plurals) it shows; or write them as JSON."""
    facts = file_facts(out)
    if not write_result(json, {**facts, **counts}):
        shown = ", ".join(counted(count, name.removesuffix("s")) for name, count in counts.items())
        print_lines(f"{out}: {shown}, {size_text(facts['size_bytes'])}")
