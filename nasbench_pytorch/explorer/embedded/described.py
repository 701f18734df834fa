"""Columns as the scripts of reports and notebooks know them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nasbench_pytorch.explorer.views.column import Column


def described(column: Column) -> dict[str, Any]:
    """Return what a column is, as plain values, without its values."""
    names = ("name", "label", "unit", "group", "kind", "scale", "note")
    return {**{name: getattr(column, name) for name in names}, "legend": list(column.legend)}
