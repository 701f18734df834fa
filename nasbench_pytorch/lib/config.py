"""Drop-in replacement for `nasbench.lib.config`."""

from __future__ import annotations

from nasbench_pytorch.table.nasbench_config import published_config


def build_config() -> dict[str, object]:
    """Return the settings of the published table under the original's names; a new dict at every call."""
    return published_config()


__all__ = ["build_config"]
