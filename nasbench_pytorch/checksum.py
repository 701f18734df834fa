"""Checksums of files and of JSON: SHA-256, and the CRCs inside a zip archive."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any


def file_sha256(path: str | os.PathLike[str], size_bytes: int | None = None) -> str:
    """Return the SHA-256 of a file as 64 hex digits.

    Args:
        path: the file.
        size_bytes: number of bytes to digest, from the beginning; None for all.
    """
    digest = hashlib.sha256()
    left = size_bytes
    with Path(path).open("rb", buffering=0) as stream:
        while left is None or left > 0:
            piece = stream.read(1 << 20 if left is None else min(1 << 20, left))
            if not piece:
                break
            digest.update(piece)
            left = None if left is None else left - len(piece)
    return digest.hexdigest()


def check_zip(stream: IO[bytes]) -> None:
    """Check the CRC-32 of every member of a zip archive of `torch.save`; `torch.load` does not.

    Raises:
        zipfile.BadZipFile: a member or the directory is damaged, or a member is compressed, as `torch.save` never does.
    """
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1:
                raise zipfile.BadZipFile(f"{member.filename} is compressed or encrypted")
        damaged = archive.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(f"{damaged} is damaged")


def json_sha256(value: Any) -> str:
    """Return the SHA-256 of a value's JSON text, with sorted keys and without spaces."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


OWN_DIGEST = "sha256"
"""Key of a JSON object for the digest of all its other keys; see `json_sha256`."""


def with_own_digest(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON object with its digest."""
    return {**content, OWN_DIGEST: json_sha256(content)}


def split_own_digest(content: Mapping[str, Any]) -> tuple[dict[str, Any], bool | None]:
    """Return a JSON object without its digest, and whether the two fit; None if it has none."""
    rest = {key: value for key, value in content.items() if key != OWN_DIGEST}
    return rest, content[OWN_DIGEST] == json_sha256(rest) if OWN_DIGEST in content else None
