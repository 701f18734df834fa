"""Results as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def part_lines(name: str, result: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of one part: status, results, failures, and what was left out."""
    yield f"{name}: {result['status']}, {result['seconds']:.0f} s of {result['allowed_s']:.0f} s"
    for what, value in result["results"].items():
        yield f"  {what}: {_text(value)}"
    for what, reason in result["failures"].items():
        yield f"  FAILED {what}: {reason}"
    for what, reason in result["left_out"].items():
        yield f"  left out {what}: {reason}"
    if result["failures"]:
        yield from (f"  | {line}" for line in result.get("output", []))


def total_line(parts: dict[str, dict[str, Any]], seconds: float) -> str:
    """Return the last line: parts by status, and the numbers of failures and of things left out."""
    counts = {status: sum(part["status"] == status for part in parts.values()) for status in _statuses(parts)}
    failures, left_out = (sum(len(part[kind]) for part in parts.values()) for kind in ("failures", "left_out"))
    by_status = ", ".join(f"{count} {status}" for status, count in counts.items())
    return f"{len(parts)} parts in {seconds:.0f} s: {by_status}; {failures} failures, {left_out} things left out"


def _statuses(parts: dict[str, dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(part["status"] for part in parts.values()))


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return " ".join(map(_text, value))
    if isinstance(value, float):
        return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
