"""The error for an object that is no longer in memory."""

from __future__ import annotations


class DroppedNodeError(Exception):
    """A pickle refers to an object of a part that was read and dropped; it must be read with `keep_all`."""
