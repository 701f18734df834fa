"""`nasbench report`: one HTML file about a run, a campaign, a search or a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.printable import print_lines, size_text


@dataclass(frozen=True)
class _Arguments:
    out: Annotated[Path, tyro.conf.arg(aliases=("-o",))]
    """The file to write (.html)."""
    named: tyro.conf.Positional[str | None] = None
    """Folder of a run, a campaign or a search, or a table: a name (see nasbench table list) or a file; by default the
    best table that is on this machine."""
    overwrite: bool = False
    """Replace a file that is there."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def main(arguments: list[str]) -> None:
    about = "Write one self-contained HTML file about a run, a campaign, a search or a table."
    parsed = parse(_Arguments, arguments, "nasbench report", about)
    from nasbench_pytorch.explorer.report.write import check_report_path, write_report

    check_report_path(parsed.out, overwrite=parsed.overwrite)
    check_json_path(parsed.json)
    written = write_report(parsed.named, parsed.out, overwrite=parsed.overwrite)
    facts = {"file": written.path, "size_bytes": written.size_bytes, "kind": written.kind}
    if not write_result(parsed.json, facts):
        print_lines(f"{written.path}: report of a {written.kind}, {size_text(written.size_bytes)}")
