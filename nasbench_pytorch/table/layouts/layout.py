"""What every layout offers: a description, its recognition by content, and a reader."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.progress import Progress
from nasbench_pytorch.table.storage.fields import ORIGINAL_EVALUATION_IMAGES
from nasbench_pytorch.table.storage.row_block import Vocabulary
from nasbench_pytorch.table.tfrecord.importer import USUAL_OPERATIONS

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate
    from nasbench_pytorch.table.storage.row_block import Block
    from nasbench_pytorch.table.storage.sort_rows import RowIndices


@dataclass
class Reading:
    """State of one import, shared by the importer and the layout's reader.

    Attributes:
        images: evaluation images; an accuracy that is a whole number of them takes 16 bits.
        vocabulary: names of the operations; `Cells.operations` are codes of them.
        keep_all: keep all objects of a pickle in memory, for one that refers back to earlier parts.
        progress: called with the bytes done and the bytes in all, or None.
        notes: facts about the file that the reader found, for the table's description.
    """

    images: int = ORIGINAL_EVALUATION_IMAGES
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary(USUAL_OPERATIONS))
    keep_all: bool = False
    progress: Progress | None = None
    notes: dict[str, Any] = field(default_factory=dict)


class Layout(ABC):
    """One layout.

    Attributes:
        name: whose file it is, such as "NASLib's pickle".
        content: what such a file holds, in one phrase: what the recognition looks for.
        lacks: what it lacks beside the fields that its blocks lack; empty if nothing.
        files: number of files that make up one table.
        has_hashes: whether `read` gives the hashes of the file; they are compared with those of the graphs.
    """

    name: str
    content: str
    lacks: str = ""
    files: int = 1
    has_hashes: bool = True

    @abstractmethod
    def recognises(self, candidate: Candidate) -> bool:
        """Return whether the file is of this layout, by its content.

        Raises:
            InputError: the file cannot be of any layout, such as a pickle that mentions a forbidden name.
        """

    @abstractmethod
    def read(self, candidates: Sequence[Candidate], reading: Reading) -> Iterator[Block]:
        """Yield the cells and rows of the file part by part.

        The blocks of a file have the same columns. A field that the layout lacks is no column. Hashes are those of the
        file; zeros if it has none. Graphs may have unused vertices.

        Raises:
            InputError: the file is damaged, or holds something else than the layout says.
            OSError: the file cannot be read.
        """

    def record_fetcher(
        self,
        candidates: Sequence[Candidate],  # noqa: ARG002 - for layouts that keep records
        reading: Reading,  # noqa: ARG002
    ) -> Callable[[RowIndices], list[bytes]] | None:
        """Return a function that gives the original records of some rows; None for layouts that do not keep them."""
        return None
