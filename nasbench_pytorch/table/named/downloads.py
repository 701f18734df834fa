"""What `nasbench table download` fetches, or takes from a file that the user has."""

from __future__ import annotations

import shutil
from pathlib import Path

from nasbench_pytorch.checksum import file_sha256
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_path
from nasbench_pytorch.folders import table_folder
from nasbench_pytorch.printable import size_text
from nasbench_pytorch.suggestions import unknown_name
from nasbench_pytorch.table.named.folder import imported
from nasbench_pytorch.table.storage.table_file import TableFile
from nasbench_pytorch.table.tfrecord.published import PUBLISHED, PublishedFile

_FREEREA = "NiccoloCavagnero/FreeREA"
_COMMIT = "9c2a726cd3adf526c43ae52a515a8fc5ea927fe7"
_COLUMN = "cached_metrics/nasbench101/cifar10/accuracies.pkl.gz"

TEST_MEANS = PublishedFile(
    f"https://raw.githubusercontent.com/{_FREEREA}/{_COMMIT}/{_COLUMN}",
    "84bcca117040f6f499e81743baee1ffaa3865f014bc7489fb1833dc06905f55e",
    10_000_000,
    mirrors=(
        f"https://github.com/{_FREEREA}/raw/{_COMMIT}/{_COLUMN}",
        f"https://cdn.jsdelivr.net/gh/{_FREEREA}@{_COMMIT}/{_COLUMN}",
    ),
    size_bytes=1_844_769,
    saved_as="test-means.pkl.gz",
)
"""Mean test accuracy at 108 epochs of every cell of NAS-Bench-101, published with FreeREA (MIT licence)."""

_ABOUT = {
    "full": "NAS-Bench-101, all four budgets",
    "only108": "NAS-Bench-101, 108 epochs alone",
    "test-means": "mean test accuracies at 108 epochs, from which the table semireal is built",
}


def downloads() -> dict[str, PublishedFile]:
    """Return the published files by the names of the downloads."""
    return {**PUBLISHED, "test-means": TEST_MEANS}


def download_named(name: str) -> PublishedFile:
    """Return the published file of a download.

    Raises:
        InputError: there is no such download.
    """
    known = downloads()
    if name in known:
        return known[name]
    if name == "semireal":
        raise InputError("the table semireal is built from the download test-means: nasbench table download test-means")
    if name in ("predicted", "mini"):
        raise InputError(f"the table {name} needs no download: it comes with the package")
    raise unknown_name("download", name, known)


def table_made_of(name: str, file: PublishedFile) -> Path | None:
    """Return the table of a name if the user's folder has it, sound and made from this published file; else None."""
    path = imported(name)
    if path is None:
        return None
    try:
        source = TableFile(path).metadata.source
    except (InputError, OSError):
        return None
    return path if source is not None and source.complete and source.sha256 == file.sha256 else None


def test_means_path() -> Path:
    """Return where the published test means are, or would be, on this machine."""
    return table_folder() / TEST_MEANS.name


def check_digest_of(path: Path, file: PublishedFile) -> None:
    """Raise an error if a file is not the published one.

    Raises:
        InputError: its SHA-256 is another one.
        OSError: it cannot be read.
    """
    if (found := file_sha256(path)) != file.sha256:
        raise InputError(
            f"{path}: SHA-256 {found} is not that of the published file, {file.sha256}; the file is damaged, "
            "incomplete or another one"
        )


def keep_copy(path: Path, file: PublishedFile) -> Path:
    """Check a file that the user has, and copy it into the folder of tables, atomically.

    Raises:
        InputError: it is not the published file.
        OSError: it cannot be read, or the copy cannot be written.
    """
    check_digest_of(path, file)
    target = table_folder() / file.name
    if target.exists() and target.samefile(path):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(target) as partial:
        shutil.copyfile(path, partial)
    return target


def other_ways(name: str) -> str:
    """Return what else a user can do where no address gives a download, each with its size."""
    from nasbench_pytorch.table.named.registry import NAMED_TABLES

    known = downloads()
    size = size_text(known[name].size_bytes)
    here = [f"{table.name} ({size_text(table.size_bytes)})" for table in NAMED_TABLES.values() if table.is_here()]
    others = [
        f"nasbench table download {other} ({_ABOUT[other]}, {size_text(file.size_bytes)})"
        for other, file in known.items()
        if other != name
    ]
    return (
        f"other ways: --url ADDRESS (another copy, the same {size}), --from-file PATH (a copy that you have, {size}), "
        f"{', '.join(others)}, or a table that needs no download: {', '.join(here)} (nasbench table list)"
    )
