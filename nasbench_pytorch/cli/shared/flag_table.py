"""The flags of a command, read from its dataclass: names, values, explanations and defaults."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import re
import textwrap
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import tyro

_POSITIONAL = get_args(tyro.conf.Positional[int])[1]
_VALUES = {int: "INT", float: "NUMBER", str: "TEXT", Path: "PATH", bool: "yes|no"}


class Flag(NamedTuple):
    """A flag, or a positional argument.

    Attributes:
        field: the dataclass's field.
        names: all spellings, the main one first; for a positional argument its name in capitals.
        value: what follows it, such as `PATH` or `a|b`; empty for a switch.
        about: its docstring on one line.
        default: its default; `dataclasses.MISSING` where it is required.
        positional: it is a positional argument.
        group: the class that has the field.
    """

    field: str
    names: tuple[str, ...]
    value: str
    about: str
    default: Any
    positional: bool
    group: type


def flags_of(arguments_type: type, default: Any = None) -> Iterator[Flag]:
    """Yield the flags of a dataclass; those of nested dataclasses follow in place.

    Args:
        arguments_type: a dataclass, as `parse` takes it.
        default: an instance whose values are the defaults; those of the class if None.
    """
    hints = get_type_hints(arguments_type, include_extras=True)
    explained = _docstrings(arguments_type)
    for field in dataclasses.fields(arguments_type):
        hint, marks = _unwrapped(hints[field.name])
        value = _default(field) if default is None else getattr(default, field.name)
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            yield from flags_of(hint, None if value is dataclasses.MISSING else value)
            continue
        positional = _POSITIONAL in marks
        name = f"--{field.name.replace('_', '-')}"
        aliases = tuple(alias for mark in marks for alias in getattr(mark, "aliases", None) or ())
        names = (field.name.replace("_", "-").upper(),) if positional else (name, *aliases)
        if hint is bool and not positional:
            names, shown = (name, f"--no-{field.name.replace('_', '-')}", *aliases), ""
        else:
            shown = _value(hint, value)
        yield Flag(field.name, names, shown, explained.get(field.name, ""), value, positional, arguments_type)


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default


def _unwrapped(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A type without its `Annotated`, and what was annotated."""
    if get_origin(hint) is Annotated:
        inner, *marks = get_args(hint)
        return inner, tuple(marks)
    return hint, ()


def _value(hint: Any, default: Any) -> str:
    """What follows a flag of this type."""
    hint, _ = _unwrapped(hint)
    if get_origin(hint) in (Union, types.UnionType):
        parts = [part for part in get_args(hint) if part is not type(None)]
        optional = "|None" if default is not None and len(parts) < len(get_args(hint)) else ""
        return "|".join(_value(part, default) for part in parts) + optional
    if get_origin(hint) is Literal:
        return "|".join(map(str, get_args(hint)))
    if get_origin(hint) is tuple:
        parts = [_value(part, default) for part in get_args(hint) if part is not Ellipsis]
        return f"{parts[0]} ..." if Ellipsis in get_args(hint) else " ".join(parts)
    return _VALUES.get(hint, "VALUE")


@functools.cache
def _docstrings(arguments_type: type) -> dict[str, str]:
    """The explanation of each field on one line, inherited fields included; none without the source."""
    found: dict[str, str] = {}
    for cls in reversed(arguments_type.__mro__):
        if dataclasses.is_dataclass(cls):
            found |= _own_docstrings(cls)
    return found


def _own_docstrings(arguments_type: type) -> dict[str, str]:
    """The string below each field that the class itself has, or the field's entry in the class's docstring."""
    section = (inspect.getdoc(arguments_type) or "").partition("Attributes:")[2]
    entries = re.findall(r"^    (\w+): (.+(?:\n      .+)*)", section, re.MULTILINE)
    found = {name: text[0].upper() + " ".join(text.split())[1:] for name, text in entries}
    try:
        source = textwrap.dedent(inspect.getsource(arguments_type))
    except (OSError, TypeError):
        return found
    (tree,) = ast.parse(source).body
    assert isinstance(tree, ast.ClassDef)
    for field, below in zip(tree.body, tree.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            found[field.target.id] = " ".join(str(below.value.value).split())
    return found
