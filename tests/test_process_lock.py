"""A lock has one owner, and leaves no file."""

from __future__ import annotations

from pathlib import Path

import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.process_lock import release_lock, take_lock


def test_a_lock_is_refused_while_it_is_held_and_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "x.lock"
    lock = take_lock(file, "never said")
    with pytest.raises(InputError, match=r"^somebody else has it$"):
        take_lock(file, "somebody else has it")
    release_lock(lock)
    assert not file.exists()
    release_lock(take_lock(file, "never said"))
