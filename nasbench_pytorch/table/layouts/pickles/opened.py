"""Open a candidate as a pickle, and read it part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from nasbench_pytorch.table.layouts.pickles.stream import Part, PickleStream

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.layout import Reading
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate


def opened_parts(
    candidate: Candidate, reading: Reading, keys: Sequence[str] = ()
) -> Iterator[tuple[PickleStream, Part]]:
    """Yield the parts of a pickle, each with the stream that its nodes belong to.

    Args:
        candidate: the file.
        reading: state of the import.
        keys: see `PickleStream`.

    Raises:
        InputError: the pickle is damaged, or mentions a name that is not allowed.
    """
    with candidate.open() as source:
        stream = PickleStream(
            source,
            str(candidate.path),
            keys=keys,
            keep_all=reading.keep_all,
            progress=None if candidate.is_gzip else reading.progress,
            size_bytes=candidate.size_bytes,
        )
        for part in stream.parts():
            yield stream, part
