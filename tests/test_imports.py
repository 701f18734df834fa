"""Every module can be imported by itself."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import nasbench_pytorch
from nasbench_pytorch.errors import MissingExtraError

MODULES = [
    module.name
    for module in pkgutil.walk_packages(nasbench_pytorch.__path__, "nasbench_pytorch.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_it_is_imported(name: str) -> None:
    try:
        importlib.import_module(name)
    except MissingExtraError as error:
        pytest.skip(str(error))  # such a module is a package's own: it says which extra it needs
