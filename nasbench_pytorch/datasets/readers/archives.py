"""Read the published archives in memory, without unpacking them to the disk."""

from __future__ import annotations

import hashlib
import tarfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path

from nasbench_pytorch.errors import InputError

PYTHON_ARCHIVE = "cifar-10-python.tar.gz"
BINARY_ARCHIVE = "cifar-10-binary.tar.gz"

ARCHIVE_MD5 = {
    PYTHON_ARCHIVE: "c58f30108f718f92721af3b95e74349a",
    BINARY_ARCHIVE: "c32a1d4ab5d03f1284b67883e8d87530",
}
"""Checksums that the authors published at www.cs.toronto.edu/~kriz/cifar.html."""

BATCH_MD5 = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
"""Checksums of the files in the archive of the Python version, as torchvision checks them."""

_MAX_BATCH_BYTES = 64 * 2**20
"""Largest size of a batch file; the published ones have 31 MB."""

_MAX_UNPACKED_BYTES = 512 * 2**20
"""Largest size of all files in an archive; the published ones have 186 MB."""

_CHUNK_BYTES = 1 << 20


def read_files(folder: Path, names: Collection[str], md5: Mapping[str, str]) -> dict[str, bytes]:
    """Read the files called `names` in a folder.

    Args:
        folder: the folder of an unpacked archive.
        names: the files to read.
        md5: published checksums, by name; a file without one is not checked.

    Raises:
        InputError: a file is too large or has a wrong checksum.
        OSError: a file cannot be read.
    """
    contents = {}
    for name in names:
        size_bytes = (folder / name).stat().st_size
        if size_bytes > _MAX_BATCH_BYTES:
            raise InputError(
                f"{folder}: {name}: {size_bytes:,} bytes, a batch of CIFAR-10 has at most {_MAX_BATCH_BYTES:,}; "
                "delete it and download it again"
            )
        contents[name] = (folder / name).read_bytes()
        found = hashlib.md5(contents[name], usedforsecurity=False).hexdigest()
        if (published := md5.get(name, found)) != found:
            raise InputError(
                f"{folder}: {name}: wrong checksum: MD5 {found}, published {published} (truncated or damaged, or a "
                "copy that another program has written); delete it and download it again"
            )
    return contents


def read_members(archive: Path, names: Collection[str], md5: str) -> dict[str, bytes]:
    """Read the files called `names`, in any folder of the archive.

    Args:
        archive: a .tar.gz.
        names: names of the files that the archive must contain.
        md5: published checksum of the archive.

    Raises:
        InputError: wrong checksum, a file is missing, or the archive is damaged or unpacks to too much.
    """
    if (found := file_md5(archive)) != md5:
        raise InputError(
            f"{archive}: wrong checksum: MD5 {found}, published {md5} (truncated or another file); "
            "delete it and download it again"
        )
    contents = {}
    unpacked_bytes = 0
    try:
        with tarfile.open(archive, "r:gz") as opened:
            for member in opened:
                unpacked_bytes += member.size
                if unpacked_bytes > _MAX_UNPACKED_BYTES:
                    raise InputError(
                        f"{archive}: more than {_MAX_UNPACKED_BYTES:,} bytes when unpacked, which CIFAR-10 has not; "
                        "delete it and download it again"
                    )
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
