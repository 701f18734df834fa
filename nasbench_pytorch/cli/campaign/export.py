"""`nasbench campaign export` and `compare`: a campaign's results as a table, and compared with another table."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tyro

from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.cli.shared.quantities import counted
from nasbench_pytorch.cli.table.text import few_repeats_note, megabytes
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import print_lines

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.export.export import CampaignExport


@dataclass(frozen=True)
class _Export:
    folder: tyro.conf.Positional[Path]
    """The campaign's folder."""
    out: Path
    """The table to write: .arrow, or .tfrecord for the original's format."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def export(arguments: list[str]) -> None:
    about = "Write a campaign's results so far as a table, also while it runs."
    parsed = parse(_Export, arguments, "nasbench campaign export", about)
    if not parsed.out.absolute().parent.is_dir():
        raise InputError(f"--out {parsed.out}: there is no folder {parsed.out.parent}; make it first")
    if parsed.out.is_dir():
        raise InputError(f"--out {parsed.out}: a folder; name a file that ends with .arrow or .tfrecord")
    check_json_path(parsed.json)
    from nasbench_pytorch.campaign.export.export import export_campaign
    from nasbench_pytorch.progress import progress_bar

    with progress_bar(parsed.out.name, in_bytes=False) as progress:
        report = export_campaign(parsed.folder, parsed.out, progress)
    gaps = _gaps(parsed.folder, parsed.out, report)
    quiet = write_result(parsed.json, _facts(parsed.out, report))
    if not quiet:
        print_lines(f"{parsed.out}: {report.rows:,} rows, {megabytes(parsed.out)}")
    print_lines(*gaps, file=sys.stderr)
    if quiet:
        return
    if parsed.out.suffix == ".tfrecord":
        print_lines(f"check it with: {_verify_command(parsed.out, report)}")


def _facts(out: Path, report: CampaignExport) -> dict[str, Any]:
    facts = {name: value for name, value in vars(report).items() if name != "metadata"}
    return {"file": out, "size_bytes": out.stat().st_size, **facts}


def _gaps(folder: Path, out: Path, report: CampaignExport) -> list[str]:
    """Describe what is missing in the table, in lines."""
    lines = []
    for reason, count in report.failures.items():
        where = "rows without numbers" if out.suffix == ".arrow" else "left out"
        again = f"nasbench campaign retry {folder} --reason {reason}"
        lines.append(f"failed      {counted(count, 'trial')} ({reason}), {where}; try again with: {again}")
    if report.missing:
        verb = "is" if report.missing == 1 else "are"
        lines.append(f"missing     {counted(report.missing, 'trial')} {verb} not done yet")
    if report.incomplete:
        lines.append(
            f"left out    {report.incomplete:,} trainings without evaluations at start, half and end, which the format "
            "needs"
        )
    if report.partial_cells:
        lines.append(f"partial     {report.partial_cells:,} cells lack some of their budgets or repeats")
    if report.few_repeats:
        lines.append(few_repeats_note(report.few_repeats))
    return lines


def _verify_command(out: Path, report: CampaignExport) -> str:
    """Return the command that verifies a .tfrecord; the format does not store what the flags say."""
    metadata = report.metadata
    images = list(metadata.images_by_set.values()) or [metadata.evaluation_images]
    flags = [f"--{name.replace('_', '-')} {value}" for name, value in (metadata.skeleton or {}).items()]
    return " ".join(["nasbench table verify", str(out), "--evaluation-images", *map(str, images), *flags])


@dataclass(frozen=True)
class _Compare:
    folder: tyro.conf.Positional[Path]
    """The campaign's folder."""
    table: tyro.conf.Positional[str]
    """The table to compare with, A: a name (see nasbench table list) or a file; differences are campaign − table."""
    epochs: tuple[int, ...] = ()
    """Budgets to compare; all common ones if left out."""
    metrics: tuple[str, ...] = ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy")
    """Fields to compare."""
    json: Path | None = None
    """Print the numbers as JSON instead of text; with the name of a .json file, write them there as well."""
    plot: Path | None = None
    """File for a scatter plot (.png, .svg or .pdf)."""


def compare(arguments: list[str]) -> None:
    about = "Compare a campaign's results so far with a table, on their common cells."
    parsed = parse(_Compare, arguments, "nasbench campaign compare", about)
    check_json_path(parsed.json)
    from nasbench_pytorch.campaign.export.export import export_campaign
    from nasbench_pytorch.cli.table.verify_compare import print_comparison
    from nasbench_pytorch.table.default_table import open_table
    from nasbench_pytorch.table.storage.table_file import TableFile

    other = open_table(parsed.table)
    with tempfile.TemporaryDirectory(prefix="nasbench-compare-") as scratch:
        exported = Path(scratch) / "campaign.arrow"
        export_campaign(parsed.folder, exported)
        exported = exported.rename(Path(scratch) / (parsed.folder.resolve().name or "campaign"))  # as messages name it
        names = (parsed.table, str(parsed.folder))
        print_comparison((other, TableFile(exported)), names, parsed.metrics, parsed.epochs, parsed.json, parsed.plot)
