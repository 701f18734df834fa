"""NAS-Bench-101 in PyTorch: cells, networks, faithful training, the table, campaigns and search."""

from __future__ import annotations

__version__ = "2.0.0.dev0"
