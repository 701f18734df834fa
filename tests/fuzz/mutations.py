"""Changes to the bytes of a file, as damage and hostility make them."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

_NUMBERS = (10_000_000, -1, 0x7FFF_FFFF, -0x8000_0000, 0, 1, 255, 65_536)
_EDGE_BYTES = 12_000


def changed_bytes(data: bytes, generator: random.Random) -> bytes:
    """Return `data` with one to four changes, often near its ends, where files keep their structure."""
    changed = bytearray(data)
    for _ in range(generator.choice((1, 1, 1, 2, 4))):
        _change(changed, generator)
    return bytes(changed)


def _change(data: bytearray, generator: random.Random) -> None:
    edge = min(len(data), _EDGE_BYTES)
    area = generator.choice(((0, len(data)), (0, edge), (len(data) - edge, len(data))))
    place = generator.randrange(*area) if area[0] < area[1] else 0
    kind = generator.random()
    if kind < 0.5 and data:
        data[place] ^= 1 << generator.randrange(8)
    elif kind < 0.65:
        data[place : place + 1] = generator.randbytes(1)
    elif kind < 0.8:
        data[place : place + 4] = generator.choice(_NUMBERS).to_bytes(4, "little", signed=True)
    elif kind < 0.85:
        del data[place : place + generator.randrange(1, 64)]
    elif kind < 0.9:
        data[place:place] = data[place : place + generator.randrange(1, 64)]
    elif kind < 0.95:
        data[place : place + 256] = bytes(len(data[place : place + 256]))
    else:
        del data[place:]


_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1, 7, 10**30, 0.5, float("nan"), float("inf"), "", "0", "\x1b[2J", "\ud800", [], [0], ["x"], {},
    {"a": 1}, [[[]]],
)  # fmt: skip


def changed_json(text: bytes, generator: random.Random) -> bytes:
    """Return a JSON object with some values replaced, fields removed or fields added."""
    content = json.loads(text)
    change_values(content, generator)
    return json.dumps(content).encode()


def any_value(generator: random.Random) -> Any:
    """Return a value that few fields allow."""
    return copy.deepcopy(generator.choice(_VALUES))


def change_values(content: Any, generator: random.Random) -> None:
    """Replace some values within dicts and lists, remove entries, or add some; in place."""
    for _ in range(generator.choice((1, 1, 2))):
        holder = content
        while True:
            keys: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            if not keys:
                break
            key = generator.choice(keys)
            if isinstance(holder[key], (dict, list)) and holder[key] and generator.random() < 0.6:
                holder = holder[key]
                continue
            if generator.random() < 0.2:
                del holder[key]
            elif generator.random() < 0.1 and isinstance(holder, dict):
                holder["unheard of"] = any_value(generator)
            else:
                holder[key] = any_value(generator)
            break
