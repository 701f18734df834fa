"""Export of a campaign's results: the package's own `.arrow` format, or the original's `.tfrecord`."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nasbench_pytorch.campaign.export.about import Facts, read_facts
from nasbench_pytorch.campaign.export.rows import read_block
from nasbench_pytorch.campaign.export.scratch import scratch_folder
from nasbench_pytorch.campaign.ledger.reader import read_ledger
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.storage.row_block import Vocabulary
from nasbench_pytorch.table.storage.schema import Metadata
from nasbench_pytorch.table.storage.sort_rows import assemble
from nasbench_pytorch.table.storage.table_file import TableFile
from nasbench_pytorch.table.storage.writer import write_content
from nasbench_pytorch.table.tfrecord.exporter import export_tfrecord
from nasbench_pytorch.table.tfrecord.importer import USUAL_OPERATIONS

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress


@dataclass(frozen=True)
class CampaignExport:
    """Report of an export.

    Attributes:
        rows: number of trainings in the file.
        incomplete: trainings without all three evaluations, which the `.tfrecord` format cannot hold; 0 for `.arrow`.
        failed: number of failed trials. Each has a row without numbers in a `.arrow`, and none in a `.tfrecord`.
        failures: reason → number of failed trials.
        missing: number of trials that are not done yet; the file holds nothing of them.
        partial_cells: number of cells that lack some of their budgets or repeats in the file.
        few_repeats: see `ExportReport`; 0 for `.arrow`.
        metadata: the table's metadata; the `.tfrecord` format cannot hold them.
    """

    rows: int
    incomplete: int
    failed: int
    failures: dict[str, int]
    missing: int
    partial_cells: int
    few_repeats: int
    metadata: Metadata


def export_campaign(
    folder: str | os.PathLike[str], out: str | os.PathLike[str], progress: Progress | None = None
) -> CampaignExport:
    """Write a campaign's results so far as a table; also while it runs.

    Besides the numbers of every table, the rows of a `.arrow` have the columns `status`, `seed`, `attempts`,
    `recipe_id`, `hardware`, `versions`, `curve` (mean training loss of each epoch) and, where trials failed, `failure`.

    Args:
        folder: the campaign's folder.
        out: the file, written atomically; its name must end with `.arrow` or `.tfrecord`.
        progress: called with the numbers of results read so far and in all.

    Raises:
        InputError: there is no campaign, it has no result yet, its ledger is damaged, or the name has another ending.
        OSError: the file cannot be written.
    """
    target = Path(out)
    if target.suffix not in (".arrow", ".tfrecord"):
        raise InputError(f"--out {target}: a table's name ends with .arrow, or .tfrecord for the original's format")
    with read_ledger(folder) as reader:
        reader.check()
        facts = read_facts(reader)
        if not facts.finished:
            raise InputError(f"{folder}: none of the {facts.trials:,} trials has a result yet: nothing to export")
        vocabulary = Vocabulary(USUAL_OPERATIONS)
        block, images_by_set = read_block(reader, facts, vocabulary, progress)
    content = assemble(block)
    content.positions = None
    counts = set(images_by_set.values())
    metadata = Metadata(
        0,
        (),
        0,
        images_by_set["test"],
        dict(vars(facts.settings.skeleton)),
        images_by_set=images_by_set if len(counts) > 1 else {},
        about=facts.about(),
    )
    if target.suffix == ".arrow":
        metadata = write_content(target, content, vocabulary.names, metadata)
        return _report(facts, metadata, facts.finished + facts.failed, 0)
    with scratch_folder(target.parent) as scratch:
        table = scratch / "table.arrow"
        metadata = write_content(table, content, vocabulary.names, metadata)
        report = export_tfrecord(TableFile(table), target)
    return _report(facts, metadata, report.records, report.left_out - facts.failed, report.few_repeats)


def _report(facts: Facts, metadata: Metadata, rows: int, incomplete: int, few_repeats: int = 0) -> CampaignExport:
    return CampaignExport(
        rows,
        incomplete,
        facts.failed,
        dict(Counter(facts.failures.values()).most_common()),
        facts.missing,
        facts.partial_cells,
        few_repeats,
        metadata,
    )
