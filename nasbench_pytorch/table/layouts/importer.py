"""Import a table from any of the known layouts."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.checksum import file_sha256
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.layouts.detection import Detected, detect
from nasbench_pytorch.table.layouts.layout import Reading
from nasbench_pytorch.table.layouts.pickles.dropped import DroppedNodeError
from nasbench_pytorch.table.layouts.reading.collector import Collector, Findings
from nasbench_pytorch.table.storage.fields import ORIGINAL_EVALUATION_IMAGES
from nasbench_pytorch.table.storage.schema import Metadata, Source
from nasbench_pytorch.table.tfrecord.frames import Damage
from nasbench_pytorch.table.tfrecord.importer import import_tfrecord

if TYPE_CHECKING:
    from nasbench_pytorch.progress import Progress
    from nasbench_pytorch.space import Skeleton
    from nasbench_pytorch.table.layouts.layout import Layout
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate


@dataclass(frozen=True)
class ImportedTable:
    """Outcome of an import.

    Attributes:
        layout: the layout that was found, such as "NASLib's pickle".
        metadata: metadata of the new table; `absent_fields` are those that the layout lacks.
        findings: what the check of cells and rows found.
        damages: unreadable places that were left out (with `salvage`).
    """

    layout: str
    metadata: Metadata
    findings: Findings = field(default_factory=Findings)
    damages: list[Damage] = field(default_factory=list)


def import_table(
    source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    destination: str | os.PathLike[str],
    *,
    salvage: bool = False,
    evaluation_images: int = ORIGINAL_EVALUATION_IMAGES,
    skeleton: Skeleton | None = None,
    progress: Progress | None = None,
) -> ImportedTable:
    """Convert a table in any known layout; the layout is found by the content of the file.

    No code in a pickle is run. Every cell's hash is computed again. On an error, `destination` is as before.

    Args:
        source: a file; a folder that holds one table; or the files that make up one.
        destination: the `.arrow` file to write, atomically.
        salvage: leave damaged records of a tfrecord out; other layouts cannot be salvaged.
        evaluation_images: images of an evaluation; accuracies that are whole numbers of them take 16 bits.
        skeleton: the network around the cells, recorded in the table; None if unknown.
        progress: called with the bytes done and the bytes in all.

    Raises:
        InputError: no layout fits (the message says which were looked for), several do, the file is damaged or asks for
            code, or a cell is not what the file says.
        DamagedFileError: a record of a tfrecord is damaged, and `salvage` is False; an InputError.
        OSError: a file cannot be read, or the table cannot be written.
    """
    if evaluation_images < 1:
        raise InputError(f"evaluation_images must be at least 1, got {evaluation_images}")
    found = detect([source] if isinstance(source, str | os.PathLike) else source)
    if found.layout is None:
        report = import_tfrecord(
            found.candidates[0].path,
            destination,
            salvage=salvage,
            evaluation_images=evaluation_images,
            skeleton=skeleton,
            progress=progress,
        )
        findings = Findings(0, report.metadata.rows, kept_as_they_came=report.kept_as_they_came)
        return ImportedTable(found.name, report.metadata, findings, report.damages)
    if salvage:
        raise InputError(f"{found.candidates[0].path}: {found.name}; only a tfrecord can be salvaged")
    metadata = Metadata(0, (), 0, evaluation_images, None if skeleton is None else dict(vars(skeleton)))
    try:
        return _import(found, destination, Reading(evaluation_images, progress=progress), metadata)
    except DroppedNodeError:
        reading = Reading(evaluation_images, keep_all=True, progress=progress)
        return _import(found, destination, reading, metadata)


def _import(
    found: Detected, destination: str | os.PathLike[str], reading: Reading, metadata: Metadata
) -> ImportedTable:
    layout, candidates = found.layout, found.candidates
    assert layout is not None
    where = " and ".join(str(candidate.path) for candidate in candidates)
    collector = Collector(where, reading, layout.has_hashes)
    before = [_state(candidate) for candidate in candidates]
    for block in layout.read(candidates, reading):
        collector.add(block)
    metadata = dataclasses.replace(metadata, source=_source(candidates), about=_about(layout, reading))
    if before != [_state(candidate) for candidate in candidates]:
        raise InputError(f"{where}: changed while it was read; import it again")
    metadata, findings = collector.write(destination, metadata, layout.record_fetcher(candidates, reading))
    return ImportedTable(found.name, metadata, findings)


def _state(candidate: Candidate) -> tuple[int, int]:
    status = candidate.path.stat()
    return status.st_size, status.st_mtime_ns


def _source(candidates: Sequence[Candidate]) -> Source:
    """Return name, size and SHA-256 of a file; of several, all names, the sum, and the digest of their digests."""
    digests = [file_sha256(candidate.path) for candidate in candidates]
    digest = digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    names = " + ".join(candidate.path.name for candidate in candidates)
    return Source(names, sum(candidate.size_bytes for candidate in candidates), digest)


def _about(layout: Layout, reading: Reading) -> dict[str, Any]:
    lacks = f"; it lacks {layout.lacks}" if layout.lacks else ""
    return {"text": f"imported from {layout.name}{lacks}", "layout": layout.name, **reading.notes}
