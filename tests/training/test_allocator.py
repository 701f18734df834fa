"""Memory that a training frees is used again, not given back and paged in anew."""

from __future__ import annotations

import platform
import resource
from pathlib import Path

import pytest
import torch

from nasbench_pytorch.training.allocator import memory_kept_for_reuse

BYTES = 64 * 2**20
PAGES = BYTES // resource.getpagesize()


def _page_faults_of_an_allocation() -> int:
    """The fewest of ten: the heap has first to grow to what is needed."""
    return min(_page_faults_once() for _ in range(10))


def _page_faults_once() -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(BYTES, dtype=torch.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has the switch")
def test_freed_memory_is_used_again_within_and_given_back_after() -> None:
    assert _page_faults_of_an_allocation() >= PAGES // 2
    with memory_kept_for_reuse():
        assert _page_faults_of_an_allocation() < PAGES // 100
        inside = _resident_bytes()
    assert _resident_bytes() < inside - BYTES // 2
