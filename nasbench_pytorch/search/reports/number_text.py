"""Regrets, costs and values of incumbents as texts."""

from __future__ import annotations

import math


def number(value: float, percent: bool) -> str:
    """Return a regret as text: percentage points with three decimals, or a number; a dash if it is not finite."""
    if not math.isfinite(value):
        return "–"
    return f"{100 * value:.3f}" if percent else f"{value:.4g}"


def interval_text(bounds: tuple[float, float], percent: bool) -> str:
    """Return two regrets as text, see `number`; a dash if the first is not finite."""
    low, high = bounds
    return "–" if not math.isfinite(low) else f"{number(low, percent)} to {number(high, percent)}"


def share_text(share: float) -> str:
    """Return a fraction as a percentage with one decimal and no sign; a dash for NaN."""
    return "–" if math.isnan(share) else f"{100 * share:.1f}"


def cost_text(cost: float) -> str:
    """Return seconds, evaluations or epochs as text, with three digits or more, such as `0.25`, `12.5` and `1,234`."""
    return f"{cost:.3g}" if cost < 999.5 else f"{cost:,.0f}"


def worth_text(worth: float, worth_is: str) -> str:
    """Return the value of an incumbent as text: four decimals, or a number for scores; a dash for NaN.

    Args:
        worth: the value.
        worth_is: see `ReportContents`.
    """
    if math.isnan(worth):
        return "–"
    return f"{worth:.6g}" if worth_is == "score" else f"{worth:.4f}"
