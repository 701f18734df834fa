"""The time limits of waits."""

from __future__ import annotations

DEADLINE_S = 300.0
"""Longest wait for another process or thread, for a loaded machine; a test that passes never waits for it to expire."""

TEST_DEADLINE_S = 600.0
"""Longest time of a test, so that no wait lasts for ever."""

SLOW_TEST_DEADLINE_S = 3600.0
"""The same for a test marked `slow` or `gpu`."""
