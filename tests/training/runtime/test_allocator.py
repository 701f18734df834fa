"""Memory that a training frees is reused, not returned to the system and paged in again."""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from nasbench_pytorch.training.runtime.allocator import memory_kept_for_reuse
from tests.helpers.deadlines import DEADLINE_S

BYTES = 64 * 2**20
PAGES = BYTES // resource.getpagesize()
SMALLER_BYTES = 8 * 2**20
"""Size of a block that a process keeps by itself after it has freed one."""
MANY = 40
"""Number of blocks that together exceed 2 GiB; a 32-bit limit would return them to the system."""


def _page_faults(used_bytes: int = BYTES, count: int = 1, rounds: int = 10, *, block_bytes: int | None = None) -> int:
    """Count the page faults of `count` blocks that live together, used whole or only their first bytes.

    The result is the minimum over the rounds, because the heap has to grow first.
    """
    return min(_page_faults_once(used_bytes, count, block_bytes or used_bytes) for _ in range(rounds))


def _page_faults_once(used_bytes: int, count: int, block_bytes: int) -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [torch.empty(block_bytes, dtype=torch.uint8) for _ in range(count)]
    for block in blocks:
        block[:used_bytes] = 1
    del block, blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _measure() -> dict[str, int]:
    result = {"faults_before": _page_faults(), "smaller_faults_before": _page_faults(SMALLER_BYTES)}
    with memory_kept_for_reuse(torch.device("cpu")):
        result["faults_within"] = _page_faults()
        result["faults_within_of_many"] = _page_faults(count=MANY, rounds=3)
        inside_bytes = _resident_bytes()
    result["given_back_bytes"] = inside_bytes - _resident_bytes()
    # Larger than all freed blocks together: the heap keeps holes below blocks that are in use.
    result["faults_after"] = _page_faults(block_bytes=3 * MANY * BYTES // 2)
    result["smaller_faults_after"] = _page_faults(SMALLER_BYTES)
    return result


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has the switch")
def test_freed_memory_is_reused_within_the_block_and_returned_after_it() -> None:
    # A new process, because the heap of this one may already hold a free block of this size.
    command, root = [sys.executable, "-m", __name__], Path(__file__).parents[3]
    done = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, timeout=DEADLINE_S)
    measured = json.loads(done.stdout)
    assert measured["faults_before"] >= PAGES // 2
    assert measured["faults_within"] < PAGES // 100
    assert measured["faults_within_of_many"] < MANY * PAGES // 100
    assert measured["given_back_bytes"] > MANY * BYTES // 2
    assert measured["faults_after"] >= PAGES // 2
    for time in ("before", "after"):
        assert measured[f"smaller_faults_{time}"] < SMALLER_BYTES // resource.getpagesize() // 10


if __name__ == "__main__":
    print(json.dumps(_measure()))
