"""Saved states as JSON: plain values, arrays, generators, specs, proposals and observations. Reading runs no code."""

from __future__ import annotations

import base64
import json
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from nasbench_pytorch.checksum import json_sha256
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write, read_limited
from nasbench_pytorch.printable import escape_controls
from nasbench_pytorch.search.proposals import Observation, Proposal
from nasbench_pytorch.shapes import checked, parse_json
from nasbench_pytorch.space.spec import ModelSpec

_KIND = "__kind__"
_LARGEST_BYTES = 1 << 30


def write_state(path: str | os.PathLike[str], state: dict[str, Any]) -> None:
    """Write a state, atomically.

    Raises:
        TypeError: a value is of a class that no state may hold; the message names it.
        OSError: the file cannot be written.
    """
    encoded = encode(state)
    text = json.dumps({"sha256": json_sha256(encoded), "state": encoded})
    with atomic_write(path, "w") as stream:
        stream.write(text)


def read_state(path: Path) -> dict[str, Any]:
    """Read what `write_state` wrote.

    Raises:
        InputError: the file is not such a state.
        OSError: the file cannot be read.
    """
    try:
        content = parse_json(read_limited(path, _LARGEST_BYTES, "the state of a search"), "it")
        if not isinstance(content, dict) or not isinstance(content.get("state"), dict):
            raise InputError("it has no 'state'")
        if content.get("sha256") != json_sha256(content["state"]):
            raise InputError("its content differs from its SHA-256")
        state: dict[str, Any] = checked(dict[str, Any], decode(content["state"]), "'state'")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise unusable_state(path, error) from None
    return state


def unusable_state(path: Path, error: Exception) -> InputError:
    """Return the error for a state from which a run cannot continue."""
    reason = escape_controls(f"{error if isinstance(error, InputError) else f'{type(error).__name__}: {error}'}")
    return InputError(f"{path}: not the state of a search, or damaged ({reason}); remove it to start the run again")


def encode(value: Any) -> Any:
    """Return a value as JSON can hold it, for `decode`.

    Raises:
        TypeError: a state may not hold values of this class.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if type(value) is list:
        return [encode(item) for item in value]
    if type(value) is dict and all(type(key) is str for key in value) and _KIND not in value:
        return {key: encode(item) for key, item in value.items()}
    for kind, (cls, write, _) in _KINDS.items():
        if type(value) is cls:
            return {_KIND: kind, "value": write(value)}
    if isinstance(value, np.generic):
        return {_KIND: "number", "value": _array(np.asarray(value))}
    raise TypeError(
        f"a saved state cannot hold a {type(value).__module__}.{type(value).__qualname__}; override state_dict and "
        "load_state_dict of the algorithm, and save plain values"
    )


def decode(value: Any) -> Any:
    """Return the value from which `encode` made a JSON value."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _KIND not in value:
        return {key: decode(item) for key, item in value.items()}
    if value[_KIND] == "number":
        return _to_array(value["value"])[()]
    return _KINDS[value[_KIND]][2](value["value"])


def _items(value: Any) -> list[Any]:
    return [encode(item) for item in value]


def _pairs(value: dict[Any, Any]) -> list[Any]:
    return [[encode(key), encode(item)] for key, item in value.items()]


def _array(value: np.ndarray[Any, Any]) -> dict[str, Any]:
    if value.dtype.hasobject:
        raise TypeError("a saved state cannot hold an array of objects; use numbers")
    data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode("ascii")
    return {"dtype": value.dtype.str, "shape": list(value.shape), "data": data}


def _to_array(value: dict[str, Any]) -> np.ndarray[Any, Any]:
    flat: np.ndarray[Any, Any] = np.frombuffer(base64.b64decode(value["data"]), dtype=np.dtype(value["dtype"]))
    return np.array(flat.reshape(value["shape"]))


def _generator(state: dict[str, Any]) -> np.random.Generator:
    bits = np.random.PCG64()
    bits.state = decode(state)
    return np.random.Generator(bits)


def _spec(spec: ModelSpec) -> list[Any]:
    return [spec.original_matrix.tolist(), list(spec.original_ops)]


_Kind = tuple[type, Callable[[Any], Any], Callable[[Any], Any]]
_KINDS: dict[str, _Kind] = {
    "tuple": (tuple, _items, lambda value: tuple(map(decode, value))),
    "set": (set, lambda value: _items(sorted(value)), lambda value: set(map(decode, value))),
    "deque": (
        deque,
        lambda value: [value.maxlen, _items(value)],
        lambda value: deque(map(decode, value[1]), maxlen=value[0]),
    ),
    "dict": (dict, _pairs, lambda value: {decode(key): decode(item) for key, item in value}),
    "array": (np.ndarray, _array, _to_array),
    "generator": (np.random.Generator, lambda value: encode(value.bit_generator.state), _generator),
    "spec": (ModelSpec, _spec, lambda value: ModelSpec(*value)),
    "proposal": (Proposal, _items, lambda value: Proposal(*map(decode, value))),
    "observation": (Observation, _items, lambda value: Observation(*map(decode, value))),
}
"""Kind in the file → class, function that writes a value, function that reads it."""
