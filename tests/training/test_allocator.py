"""Memory that a training frees is used again, not given back and paged in anew."""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
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


def _measure() -> dict[str, int]:
    result = {"faults_before": _page_faults_of_an_allocation()}
    with memory_kept_for_reuse(torch.device("cpu")):
        result["faults_within"] = _page_faults_of_an_allocation()
        inside_bytes = _resident_bytes()
    result["given_back_bytes"] = inside_bytes - _resident_bytes()
    return result


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has the switch")
def test_freed_memory_is_used_again_within_and_given_back_after() -> None:
    # In a process of its own: in one that has run other things the heap may hold a free block of this size already.
    command, root = [sys.executable, "-m", __name__], Path(__file__).parents[2]
    measured = json.loads(subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout)
    assert measured["faults_before"] >= PAGES // 2
    assert measured["faults_within"] < PAGES // 100
    assert measured["given_back_bytes"] > BYTES // 2


if __name__ == "__main__":
    print(json.dumps(_measure()))
