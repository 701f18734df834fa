"""Read the published archives in memory, without unpacking them to the disk."""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from collections.abc import Collection
from pathlib import Path

from nasbench_pytorch.errors import InputError

PYTHON_ARCHIVE = "cifar-10-python.tar.gz"
BINARY_ARCHIVE = "cifar-10-binary.tar.gz"

ARCHIVE_MD5 = {
    PYTHON_ARCHIVE: "c58f30108f718f92721af3b95e74349a",
    BINARY_ARCHIVE: "c32a1d4ab5d03f1284b67883e8d87530",
}
"""Checksums that the authors published at www.cs.toronto.edu/~kriz/cifar.html."""

_CHUNK_BYTES = 1 << 20


def read_members(archive: Path, names: Collection[str], md5: str) -> dict[str, bytes]:
    """Read the files called `names`, in any folder of the archive.

    Args:
        archive: a .tar.gz.
        names: names of the files that the archive must contain.
        md5: published checksum of the archive.

    Raises:
        InputError: wrong checksum, a file is missing, or the archive is damaged.
    """
    if (found := file_md5(archive)) != md5:
        raise InputError(
            f"{archive}: wrong checksum: MD5 {found}, published {md5} (truncated or another file); "
            "delete it and download it again"
        )
    contents = {}
    try:
        with tarfile.open(archive, "r:gz") as opened:
            for member in opened:
                name = Path(member.name).name
                if name in names and (stream := opened.extractfile(member)):
                    contents[name] = stream.read()
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise InputError(f"{archive}: truncated or damaged ({error}); delete it and download it again") from error
    if missing := [name for name in names if name not in contents]:
        raise InputError(f"{archive}: {', '.join(missing)} missing in the archive")
    return contents


def file_md5(path: Path) -> str:
    """Compute the MD5 of a file, in hexadecimal."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
