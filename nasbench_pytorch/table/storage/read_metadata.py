"""Read the metadata of a table, checked field by field, since the file is not trusted."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import Skeleton
from nasbench_pytorch.table.storage.fields import ROW_FIELDS
from nasbench_pytorch.table.storage.schema import CELL_COLUMNS, METADATA_KEY, SCHEMA_VERSION, Metadata, Source

if TYPE_CHECKING:
    import pyarrow as pa

_LARGEST_COUNT = 1 << 53
_LARGEST_SKELETON_NUMBER = 1 << 20
_SKELETON_FIELDS = frozenset(field.name for field in fields(Skeleton))
_SOURCE_KEYS = frozenset(field.name for field in fields(Source))


def read_metadata(schema: pa.Schema, path: object) -> Metadata:
    """Read the metadata of an Arrow schema.

    Args:
        schema: schema of the file.
        path: the file, for messages.

    Raises:
        InputError: the file is not a table, has a newer layout, or a field of the metadata has a wrong type.
    """
    text = (schema.metadata or {}).get(METADATA_KEY)
    if text is None:
        raise InputError(f"{path}: an Arrow file, but no table of results; create a table with: nasbench table import")
    values = _checked_values(text, path)
    values["epochs"] = tuple(values["epochs"])
    if "available_ops" in values:
        values["available_ops"] = tuple(values["available_ops"])
    values["absent_fields"] = tuple(values.get("absent_fields", ()))
    if values.get("source"):
        values["source"] = Source(**values["source"])
    missing = [name for name in CELL_COLUMNS if name not in schema.names]
    if missing:
        raise InputError(f"{path}: the table lacks the columns {', '.join(missing)}; create the table again")
    return Metadata(**values)


def refuse_newer(schema: pa.Schema, path: object) -> None:
    """Refuse a table of a newer layout, in which all but its version may be unknown.

    Raises:
        InputError: it is one.
    """
    try:
        values = json.loads((schema.metadata or {}).get(METADATA_KEY, b"{}"))
    except (ValueError, RecursionError):
        return
    if isinstance(values, dict) and _is_count(values.get("schema_version")):
        _check_version(values, path)


def _checked_values(text: bytes, path: object) -> dict[str, Any]:
    """Return the fields of the metadata, each of its type."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refusal(path, f"not JSON: {ascii(str(error))[1:-1]:.100}") from None
    if not isinstance(values, dict):
        raise _refusal(path, "not a JSON object")
    _check_version(values, path)
    for name, value in values.items():
        if name not in _CHECKS:
            raise _refusal(path, f"unknown field {ascii(name)[1:-1]:.60}")
        check, allowed = _CHECKS[name]
        if not check(value):
            raise _refusal(path, f"{name} is {value!a:.60}, not {allowed}")
    absent = [name for name in ("rows", "epochs", "repeats") if name not in values]
    if absent:
        raise _refusal(path, f"{', '.join(absent)} missing")
    return values


def _refusal(path: object, reason: str) -> InputError:
    return InputError(f"{path}: the table's metadata cannot be read ({reason}); create the table again")


def _check_version(values: dict[str, Any], path: object) -> None:
    version: Any = values.get("schema_version")
    if not _is_count(version):
        raise _refusal(path, f"schema_version is {version!a:.60}, not a whole number")
    if version > SCHEMA_VERSION:
        author = ascii(values.get("written_by") or "a newer version").strip("'")
        raise InputError(
            f"{path}: table of schema version {version}; this program reads up to {SCHEMA_VERSION}. "
            f"It was written by {author:.60}: upgrade nasbench-pytorch"
        )


def _is_count(value: Any, most: int = _LARGEST_COUNT) -> bool:
    return type(value) is int and 0 <= value <= most


def _is_positive(value: Any) -> bool:
    return _is_count(value) and value > 0


def _is_number(value: Any) -> bool:
    """Return whether a number fits into a double without a surprise."""
    return abs(value) <= _LARGEST_COUNT if type(value) is int else type(value) is float and math.isfinite(value)


def _is_numbers_by_field(value: Any) -> bool:
    return isinstance(value, dict) and all(name in ROW_FIELDS and _is_number(value[name]) for name in value)


def _is_skeleton(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and set(value) == _SKELETON_FIELDS
        and all(_is_positive(number) and number <= _LARGEST_SKELETON_NUMBER for number in value.values())
    )


def _is_source(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and {"name", "size_bytes", "sha256"} <= set(value) <= _SOURCE_KEYS
        and isinstance(value["name"], str)
        and _is_count(value["size_bytes"])
        and isinstance(value["sha256"], str)
        and isinstance(value.get("complete", True), bool)
    )


_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "schema_version": (_is_count, "a whole number"),
    "rows": (_is_count, "a whole number"),
    "epochs": (lambda value: isinstance(value, list) and all(map(_is_count, value)), "a list of whole numbers"),
    "repeats": (_is_count, "a whole number"),
    "evaluation_images": (_is_positive, "a whole number from 1"),
    "skeleton": (_is_skeleton, "null or the fields of a skeleton, whole numbers from 1"),
    "module_vertices": (_is_count, "a whole number"),
    "max_edges": (_is_count, "a whole number"),
    "available_ops": (
        lambda value: isinstance(value, list) and all(isinstance(name, str) for name in value),
        "a list of texts",
    ),
    "constants": (_is_numbers_by_field, "numbers by the names of fields"),
    "shares_of_epochs": (_is_numbers_by_field, "numbers by the names of fields"),
    "absent_fields": (
        lambda value: isinstance(value, list) and all(isinstance(name, str) and name in ROW_FIELDS for name in value),
        "a list of the names of fields",
    ),
    "source": (_is_source, "null or name, size_bytes, sha256 and complete of a file"),
    "images_by_set": (
        lambda value: isinstance(value, dict) and all(map(_is_positive, value.values())),
        "whole numbers from 1 by set",
    ),
    "about": (lambda value: isinstance(value, dict), "a JSON object"),
    "written_by": (lambda value: isinstance(value, str), "a text"),
}
