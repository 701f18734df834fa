"""Public names: one list per package, cheap to import, importable as the documentation shows."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nasbench_pytorch.lazy import stub_exports
from tests.helpers.deadlines import DEADLINE_S
from tests.helpers.missing_extras import skipped_without_its_extra

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "nasbench_pytorch"
STUBS = sorted(PACKAGE.glob("**/__init__.pyi"))
NAMES = [".".join(stub.parent.relative_to(ROOT).parts) for stub in STUBS]


@pytest.mark.parametrize("package", NAMES)
def test_every_public_name_can_be_imported_and_is_listed(package: str) -> None:
    module = importlib.import_module(package)
    listed = stub_exports(PACKAGE.parent / package.replace(".", "/") / "__init__.pyi")
    assert set(module.__all__) == set(listed)
    assert set(module.__all__) <= set(dir(module))
    with skipped_without_its_extra():
        for name in module.__all__:
            assert getattr(module, name) is not None


@pytest.mark.parametrize("package", NAMES)
def test_no_module_has_the_name_of_a_public_name_of_its_package(package: str) -> None:
    # Importing such a module would replace the public name by the module.
    module = importlib.import_module(package)
    inside = {info.name for info in pkgutil.iter_modules(module.__path__)}
    listed = stub_exports(PACKAGE.parent / package.replace(".", "/") / "__init__.pyi")
    assert not inside & {name for name, (source, _) in listed.items() if source != package}


@pytest.mark.parametrize("package", NAMES)
def test_an_unknown_name_is_an_attribute_error(package: str) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        importlib.import_module(package).no_such_name  # noqa: B018


def test_importing_the_packages_loads_nothing_heavy() -> None:
    code = f"import sys, {', '.join(NAMES)}\nheavy = {{'torch', 'numba', 'numpy', 'pyarrow', 'matplotlib', 'ray'}}"
    result = subprocess.run(
        [sys.executable, "-c", f"{code}\nprint(sorted(heavy & set(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE_S,
    )
    assert result.stdout.strip() == "[]"


def test_the_root_has_what_most_programs_need() -> None:
    expected = "ModelSpec Network NASBench Recipe run_training load_run enumerate_cells named_cell load_data"
    assert set(expected.split()) <= set(importlib.import_module("nasbench_pytorch").__all__)


def _documented_imports() -> list[tuple[str, str]]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    found = set()
    for page in pages:
        for module, names in re.findall(
            r"^from (nasbench_pytorch[\w.]*) import (\([^)]*\)|.+)$", page.read_text(encoding="utf-8"), re.MULTILINE
        ):
            for name in re.split(r"[\s,]+", names.strip("()")):
                if name.isidentifier() and name != "as":
                    found.add((module, name))
    return sorted(found)


@pytest.mark.parametrize(("module", "name"), _documented_imports())
def test_documented_imports_work(module: str, name: str) -> None:
    with skipped_without_its_extra():
        try:
            value = getattr(importlib.import_module(module), name)
        except AttributeError:
            value = importlib.import_module(f"{module}.{name}")
        assert value is not None
