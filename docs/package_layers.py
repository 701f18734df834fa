"""The layers of the package and the imports between them, read from the import contract and the source.

The layers and their order are those of the first contract in pyproject.toml. Imports at the top of a module and inside
functions count, imports under `if TYPE_CHECKING` do not, as for import-linter.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "nasbench_pytorch"


@dataclass(frozen=True)
class Layer:
    """One row of the picture: a package, or neighbouring single modules of the contract.

    Attributes:
        name: package name, or the modules' names joined by commas.
        parts: sub-packages; empty for modules.
        about: the beginning of the package's docstring; empty for modules.
        imports_torch: whether any module of the layer imports torch, at its top or inside a function.
        imports: names of the layers that this layer imports.
    """

    name: str
    parts: tuple[str, ...]
    about: str
    imports_torch: bool
    imports: tuple[str, ...]


def contract_modules() -> list[str]:
    """List the modules of the layers contract that exist, highest first, without the root package's name."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    names = [layer.strip("()").removeprefix("nasbench_pytorch.") for layer in layers]
    return [name for name in names if _path(name).exists()]


def read_layers() -> list[Layer]:
    """Read the layers, highest first, and what each imports."""
    groups = _groups(contract_modules())
    owner = {module: ", ".join(group) for group in groups for module in group}
    return [_read_layer(group, owner) for group in groups]


def _groups(modules: list[str]) -> list[list[str]]:
    """Join neighbouring single modules to one group; a package is a group of its own."""
    groups: list[list[str]] = []
    for module in modules:
        if groups and not _path(module).is_dir() and not _path(groups[-1][0]).is_dir():
            groups[-1].append(module)
        else:
            groups.append([module])
    return groups


def _read_layer(group: list[str], owner: dict[str, str]) -> Layer:
    name, first = owner[group[0]], _path(group[0])
    targets = {target for module in group for path in _sources(module) for target in imported_modules(path)}
    known = {owner[module] for target in targets if (module := _known(target, owner)) is not None}
    return Layer(
        name,
        tuple(sorted(init.parent.name for init in first.glob("*/__init__.py"))),
        _summary(first / "__init__.py") if first.is_dir() else "",
        any(target.split(".")[0] == "torch" for target in targets),
        tuple(sorted(known - {name})),
    )


def imported_modules(path: Path) -> Iterator[str]:
    """Yield the absolute names that a source file imports: `a.b` and `a.b.name` for `from a.b import name`."""
    yield from _imports_below(ast.parse(path.read_text(encoding="utf-8")))


def _imports_below(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            continue
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module is not None:
            yield child.module
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        else:
            yield from _imports_below(child)


def _path(name: str) -> Path:
    """Return the folder of a package, else the file of a module, whether or not it exists."""
    folder = PACKAGE.joinpath(*name.split("."))
    return folder if folder.is_dir() else folder.with_suffix(".py")


def _sources(name: str) -> list[Path]:
    return sorted(_path(name).rglob("*.py")) if _path(name).is_dir() else [_path(name)]


def _known(target: str, owner: dict[str, str]) -> str | None:
    """Return the longest name in `owner` that contains a module; None for modules of other distributions."""
    parts = target.split(".")
    if parts[0] != "nasbench_pytorch":
        return None
    prefixes = (".".join(parts[1:end]) for end in range(len(parts), 1, -1))
    return next((prefix for prefix in prefixes if prefix in owner), None)


def _summary(init: Path) -> str:
    """Return a package's docstring up to the first colon, semicolon or full stop."""
    docstring = ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or ""
    return re.split(r"[:;]|\.(?:\s|$)", docstring, maxsplit=1)[0].replace("`", "")
