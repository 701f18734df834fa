"""`write_report`: a report about whatever a name stands for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.explorer.opened import Kind, kind_of
from nasbench_pytorch.files import atomic_write, known_suffix

_ENDINGS = (".html", ".htm")


@dataclass(frozen=True)
class WrittenReport:
    """A report that was written.

    Attributes:
        kind: what it is about: `run`, `campaign`, `search` or `table`.
        path: the file.
        size_bytes: its size.
    """

    kind: Kind
    path: Path
    size_bytes: int


def write_report(
    named: str | os.PathLike[str] | None, out: str | os.PathLike[str], *, overwrite: bool = False
) -> WrittenReport:
    """Write a report as one self-contained HTML file.

    Args:
        named: folder of a run, a campaign or a search, or name or file of a table; None for the default table.
        out: the file, written atomically; its name must end with .html.
        overwrite: replace a file that is there.

    Raises:
        InputError: there is nothing of this name, it is damaged, or the file is there already.
        MissingExtraError: matplotlib is not installed.
        OSError: a file cannot be read or written.
    """
    out, named = Path(out), None if named is None else os.fspath(named)
    check_report_path(out, overwrite=overwrite)
    kind = kind_of(named)
    content = _content(kind, named).encode("utf-8", "backslashreplace")
    with atomic_write(out) as stream:
        stream.write(content)
    return WrittenReport(kind, out, len(content))


def check_report_path(out: Path, *, overwrite: bool) -> None:
    """Refuse a file that cannot be written, before the work begins.

    Raises:
        InputError: the name has another ending, its folder does not exist, or the file is there already.
    """
    known_suffix(out, _ENDINGS)
    if not out.absolute().parent.is_dir():
        raise InputError(f"{out}: there is no folder {out.parent}; make it first")
    if out.is_dir():
        raise InputError(f"{out}: a folder; name a file that ends with .html")
    if out.exists() and not overwrite:
        raise InputError(f"{out} exists; choose another name, or --overwrite to replace it")


def _content(kind: Kind, named: str | None) -> str:
    if kind == "run":
        from nasbench_pytorch.explorer.report.run_report import run_report

        assert named is not None
        return run_report(named)
    if kind == "campaign":
        from nasbench_pytorch.explorer.report.campaign_report import campaign_report

        assert named is not None
        return campaign_report(named)
    if kind == "search":
        from nasbench_pytorch.explorer.report.search_report import search_report

        assert named is not None
        return search_report(named)
    from nasbench_pytorch.explorer.report.table_report import table_report
    from nasbench_pytorch.table.default_table import open_table

    table = open_table(named)
    return table_report(table, table.path.stem if named is None else Path(named).name)
