"""Every module can be imported by itself."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import nasbench_pytorch

MODULES = [
    module.name
    for module in pkgutil.walk_packages(nasbench_pytorch.__path__, "nasbench_pytorch.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_it_is_imported(name: str) -> None:
    importlib.import_module(name)
