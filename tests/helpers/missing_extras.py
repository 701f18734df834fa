"""Tests of everything at once, in environments that leave an extra out, as those of the oldest packages do."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator

import pytest

from nasbench_pytorch.errors import MissingExtraError

MAY_BE_MISSING = ("ConfigSpace", "smac", "optuna", "pandas", "tensorboard", "h5py", "anywidget")


@contextlib.contextmanager
def skipped_without_its_extra() -> Iterator[None]:
    """Skip the test if it asks for a library that is not installed; one that is installed must be found."""
    try:
        yield
    except MissingExtraError as error:
        missing = [name for name in MAY_BE_MISSING if importlib.util.find_spec(name) is None]
        if not any(name.lower() in str(error).lower() for name in missing):
            raise
        pytest.skip(str(error))
