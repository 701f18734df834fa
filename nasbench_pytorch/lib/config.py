"""Drop-in replacement for `nasbench.lib.config`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


def build_config() -> dict[str, Any]:
    """Return the settings of the published table under the original's names; a new dict in every call."""
    from nasbench_pytorch.table.nasbench_config import published_config

    return published_config()


__all__ = ["build_config"]
