"""Numbers with their units, as text."""

from __future__ import annotations

from typing import Any


def counted(number: Any, thing: str) -> str:
    """Return `1 epoch`, `2 epochs`, `1,204 images`.

    Args:
        number: how many; a text or None is shown as it is.
        thing: one of them; the plural has an s.
    """
    shown = f"{number:,}" if isinstance(number, int) else str(number)
    return f"{shown} {thing}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Return a duration in the unit that fits it: `51 s`, `14 min`, `2.5 h`, `3.1 days`; at least 1 s."""
    if seconds < 90:
        return f"{max(1.0, seconds):.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} days"
