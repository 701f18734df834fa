"""The error message of `load_cifar10` for data that it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nasbench_pytorch.datasets import load_cifar10
from nasbench_pytorch.errors import InputError


def refusal(root: Path, **options: Any) -> str:
    """Return the one-line message with which `root` is refused, and check that nothing in it changed."""
    before = sorted(root.rglob("*")) if root.is_dir() else None
    with pytest.raises(InputError) as caught:
        load_cifar10(root, **{"validation_size": 100, "download": False, **options})
    assert "\n" not in str(caught.value)
    assert (sorted(root.rglob("*")) if root.is_dir() else None) == before
    return str(caught.value)
