"""Shapes of values from files: JSON and checkpoints are checked against type annotations before they are used."""

from __future__ import annotations

import json
import os
import types
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import read_limited

T = TypeVar("T")

_MAX_SHOWN_CHARS = 40
_MOST_JSON_BYTES = 1 << 26
_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", dict: "an object"}


def read_json(path: str | os.PathLike[str]) -> Any:
    """Return the content of a JSON file.

    Raises:
        InputError: the file is not JSON, or larger than any that this package writes.
        OSError: the file cannot be read.
    """
    return parse_json(read_limited(path, _MOST_JSON_BYTES, "JSON"), str(path))


def parse_json(text: str | bytes, source: str) -> Any:
    """Return the value of a JSON text.

    Args:
        text: the text, bytes in UTF-8.
        source: where it comes from, for the message.

    Raises:
        InputError: the text is not JSON, or nested too deep.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else error
        raise InputError(f"{source} is damaged: not JSON ({reason})") from None


def checked_record(kind: type[T], value: Any, name: str = "") -> T:
    """Make a dataclass of a dict whose values have the types of the fields. Unknown keys are ignored.

    Args:
        kind: a dataclass.
        value: a dict, as JSON gives it: lists stand for tuples, dicts for nested dataclasses.
        name: name of the value in messages; empty for a file's whole content.

    Raises:
        InputError: a key is missing or a value has another type; the message names the field.
    """
    if not isinstance(value, dict):
        raise _wrong(name or "the content", "an object", value)
    hints = get_type_hints(kind)
    prefix = f"{name}." if name else ""
    items = {}
    for field in fields(kind):  # type: ignore[arg-type]
        if field.name in value:
            items[field.name] = checked(hints[field.name], value[field.name], f"{prefix}{field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise InputError(f"{prefix}{field.name} is missing")
    return kind(**items)


def checked(kind: Any, value: Any, name: str) -> Any:
    """Return a value that has the type of an annotation, with tuples and dataclasses in place of lists and dicts.

    Args:
        kind: `Any`, a plain type, a `Literal`, a union, a list, tuple or dict of these, or a dataclass.
        value: a value as JSON gives it.
        name: name of the value in messages.

    Raises:
        InputError: the value has another type.
    """
    if kind is Any:
        return value
    if is_dataclass(kind):
        return checked_record(kind, value, name)  # type: ignore[arg-type]
    arguments = get_args(kind)
    origin = get_origin(kind) or kind
    if origin in (Union, types.UnionType):
        if value is None and type(None) in arguments:
            return None
        (inner,) = (argument for argument in arguments if argument is not type(None))
        return checked(inner, value, name)
    if origin in (list, tuple):
        return _checked_items(origin, arguments, value, name)
    if origin is dict:
        return _checked_dict(arguments, value, name)
    if origin is Path:
        return Path(checked(str, value, name))
    _check_plain(origin, arguments, value, name)
    return value


def _check_plain(origin: Any, arguments: tuple[Any, ...], value: Any, name: str) -> None:
    if origin is Literal:
        if not isinstance(value, str) or value not in arguments:
            raise _wrong(name, f"one of {', '.join(arguments)}", value)
        return
    fits = type(value) in (int, float) if origin is float else type(value) is origin
    if not fits:
        raise _wrong(name, _NAMES.get(origin, origin.__name__), value)


def _checked_dict(arguments: tuple[Any, ...], value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _wrong(name, "an object", value)
    kind = arguments[1] if arguments else Any
    return {key: checked(kind, item, f"{name}.{key}") for key, item in value.items()}


def _checked_items(origin: type[Any], arguments: tuple[Any, ...], value: Any, name: str) -> Any:
    if not isinstance(value, list | tuple):
        raise _wrong(name, "a list", value)
    kinds = arguments or (Any,)
    if origin is list or kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(value)
    if len(kinds) != len(value):
        raise InputError(f"{name} must be a list of {len(kinds)} values, got {len(value)}")
    return origin(
        checked(kind, item, f"{name}[{index}]") for index, (kind, item) in enumerate(zip(kinds, value, strict=True))
    )


def _wrong(name: str, allowed: str, value: Any) -> InputError:
    try:
        shown = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, or lists in lists
        shown = f"a value of type {type(value).__name__}"
    shown = shown if len(shown) <= _MAX_SHOWN_CHARS else f"{shown[:_MAX_SHOWN_CHARS]}…"
    return InputError(f"{name} must be {allowed}, got {shown}")
