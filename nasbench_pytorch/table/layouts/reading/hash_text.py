"""Whether a value is the text of a hash."""

from __future__ import annotations

import re
from typing import Any

_HASH = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)


def is_hash(value: Any) -> bool:
    """Return whether a value is a text of 32 hex digits."""
    return isinstance(value, str) and _HASH.fullmatch(value) is not None
