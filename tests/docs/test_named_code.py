"""The pages for contributors name files, functions and folders that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "nasbench_pytorch"
PAGES = [ROOT / "docs" / "architecture.md", ROOT / "CONTRIBUTING.md"]
PLANNED = {
    "table/layouts/",
    "proxies/",
    "predictors/",
    "search/",
    "search/algorithms/",
    "search/evaluators/",
    "explorer/",
}

_FILE = re.compile(r"`([\w/]+\.pyi?)(?:: ([\w.]+))?`")
_FOLDER = re.compile(r"`([\w/]+/)`")


def named_code() -> list[tuple[str, str]]:
    """Each (file, name in it) of the pages; the name is empty where a page names only the file."""
    return sorted({match for page in PAGES for match in _FILE.findall(page.read_text(encoding="utf-8"))})


def defined_names(body: list[ast.stmt], prefix: str = "") -> set[str]:
    """The functions, classes, methods and variables that a module or class body defines."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(prefix + node.name)
        if isinstance(node, ast.ClassDef):
            found |= defined_names(node.body, f"{prefix}{node.name}.")
        targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
        found |= {prefix + target.id for target in targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize(("file", "name"), named_code())
def test_named_code_exists(file: str, name: str) -> None:
    path = PACKAGE / file
    # `__init__.pyi` alone means that of any package.
    assert path.exists()
    if name:
        assert name in defined_names(ast.parse(path.read_text(encoding="utf-8")).body)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_folders_exist_or_are_planned(page: Path) -> None:
    folders = set(_FOLDER.findall(page.read_text(encoding="utf-8")))
    missing = {folder for folder in folders if not (PACKAGE / folder).is_dir() and not (ROOT / folder).is_dir()}
    assert missing <= PLANNED


def test_contributing_describes_every_sub_package() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `([\w/]+/)` \|", text, re.MULTILINE))
    packages = {f"{init.parent.relative_to(PACKAGE).as_posix()}/" for init in PACKAGE.rglob("*/__init__.py")}
    assert described == packages
