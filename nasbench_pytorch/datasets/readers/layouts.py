"""Find the layout of CIFAR-10 in a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nasbench_pytorch.datasets.readers import archives, binary_batches, parquet, python_batches
from nasbench_pytorch.datasets.readers.raw import TEST_BATCH, TRAIN_BATCHES, RawDataset, RawImages, joined
from nasbench_pytorch.errors import InputError

LAYOUTS_IN_WORDS = (
    "cifar-10-batches-py/, cifar-10-python.tar.gz, cifar-10-batches-bin/, cifar-10-binary.tar.gz, "
    "or train-*.parquet and test-*.parquet"
)

_SEARCH_DEPTH = 4
_MOST_FOLDERS = 2_000
_CIFAR10_NAME = re.compile(r"cifar[-_]?10(?!0)", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """A layout found in a folder.

    Attributes:
        kind: `"cifar-10-batches-py"`, `"cifar-10-batches-bin"`, the name of an archive, or `"parquet"`.
        path: folder or archive of the layout.
        missing: required files that are absent.
        read: function that reads the layout; may raise InputError.
    """

    kind: str
    path: Path
    missing: tuple[str, ...]
    read: Callable[[], RawDataset]


@dataclass(frozen=True)
class _Batches:
    """The Python or the binary version: six batch files in a folder or in an archive."""

    folder: str
    archive: str
    suffix: str
    read_batch: Callable[[bytes, str], RawImages]

    @property
    def members(self) -> tuple[str, ...]:
        """The five training batches in file order, then the test batch."""
        return tuple(f"{name}{self.suffix}" for name in (*TRAIN_BATCHES, TEST_BATCH))

    def read_folder(self, folder: Path, md5: Mapping[str, str]) -> RawDataset:
        return self._read(archives.read_files(folder, self.members, md5), self.folder, folder)

    def read_archive(self, archive: Path, md5: str) -> RawDataset:
        return self._read(archives.read_members(archive, self.members, md5), self.archive, archive)

    def _read(self, contents: Mapping[str, bytes], source: str, where: Path) -> RawDataset:
        *train, test = [self.read_batch(contents[name], f"{where}: {name}") for name in self.members]
        return RawDataset(source, joined(train), test)


_VERSIONS = (
    _Batches("cifar-10-batches-py", archives.PYTHON_ARCHIVE, "", python_batches.read_batch),
    _Batches("cifar-10-batches-bin", archives.BINARY_ARCHIVE, ".bin", binary_batches.read_batch),
)


def find_layout(
    root: Path,
    archive_md5: Mapping[str, str] = archives.ARCHIVE_MD5,
    batch_md5: Mapping[str, str] = archives.BATCH_MD5,
) -> Layout | None:
    """Find the best layout in `root` or a few levels of folders below it; None if there is none.

    Complete layouts are preferred to incomplete ones, then Parquet folders named after CIFAR-10 to other Parquet
    folders, then shallow folders to deep ones, and then the order of `LAYOUTS_IN_WORDS` decides.

    Args:
        root: a folder; may be the layout's folder itself. A folder that does not exist has no layout.
        archive_md5: published checksum of each archive, by name.
        batch_md5: published checksum of each batch file, by name.

    Raises:
        InputError: `root` is a file.
        PermissionError: `root` may not be read.
    """
    if root.is_file():
        raise InputError(f"{root} is a file; give the folder that holds it")
    root = root.absolute()
    candidates = [
        ((bool(layout.missing), _may_be_another_data_set(layout, root), depth, order), layout)
        for folder, depth, names in _walk(root)
        for order, layout in enumerate(_layouts_of(folder, names, archive_md5, batch_md5))
    ]
    return min(candidates, key=lambda candidate: candidate[0])[1] if candidates else None


def _may_be_another_data_set(layout: Layout, root: Path) -> bool:
    """Whether Parquet files may not be CIFAR-10; their names are the same in all data sets, only the folder differs."""
    return layout.kind == "parquet" and not _CIFAR10_NAME.search(str(layout.path.relative_to(root.parent)))


def _walk(root: Path) -> Iterator[tuple[Path, int, set[str]]]:
    """Yield the folders from `root` down, nearest first, each with its depth and the names of its files."""
    queue = [(root, 0)] if root.is_dir() else []
    for visited, (folder, depth) in enumerate(queue):
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            if depth == 0:
                raise
            continue
        yield folder, depth, {entry.name for entry in entries if entry.is_file()}
        if depth < _SEARCH_DEPTH and visited < _MOST_FOLDERS:
            queue += [(Path(entry.path), depth + 1) for entry in entries if entry.is_dir() and entry.name[0] != "."]


def _layouts_of(
    folder: Path, names: set[str], archive_md5: Mapping[str, str], batch_md5: Mapping[str, str]
) -> Iterator[Layout]:
    """Yield the layouts directly in `folder`, preferred ones first."""
    for version in _VERSIONS:
        if not names.isdisjoint(version.members):
            missing = tuple(name for name in version.members if name not in names)
            yield Layout(version.folder, folder, missing, partial(version.read_folder, folder, batch_md5))
        if version.archive in names:
            archive = folder / version.archive
            read = partial(version.read_archive, archive, archive_md5[version.archive])
            yield Layout(version.archive, archive, (), read)
    absent = [f"{split}-*.parquet" for split in ("train", "test") if not parquet.parts(names, split)]
    if len(absent) < 2:
        yield Layout("parquet", folder, tuple(absent), partial(parquet.read, folder))
