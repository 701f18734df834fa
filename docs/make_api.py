"""Write docs/api.md: every public name with its kind and the first line of its docstring.

Usage:
    python docs/make_api.py           writes the page
    python docs/make_api.py --check   exits with 1 if the committed page is out of date

The names are those of the `__init__.pyi` stubs, from which `__all__` and lazy loading follow as well. The source is
parsed and not imported, so the script needs no dependency of the package.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "nasbench_pytorch"
PAGE = ROOT / "docs" / "api.md"

HEADER = """# Public names

Every public name, under the package to import it from. A name that neither this page lists nor another page imports is
private. Importing a package loads nothing heavy: a name's module is imported when the name is first used.

*`make docs` writes this page from the `__init__.pyi` stubs and the docstrings; change those, not this page.*
"""


@dataclass(frozen=True)
class PublicName:
    """A name in a package's stub.

    Attributes:
        name: as users import it.
        kind: class, function, constant, type or package.
        source: file that defines it.
        summary: first line of its docstring.
    """

    name: str
    kind: str
    source: Path
    summary: str


def stub_names(stub: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (public name, module, name there) for the lines `from module import name as name` of a stub."""
    for node in ast.parse(stub.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            yield from ((alias.asname, node.module, alias.name) for alias in node.names if alias.asname is not None)


def public_names(stub: Path) -> list[PublicName]:
    """Return the public names of a stub's package, sorted without regard to case.

    Raises:
        LookupError: the named module does not define a name.
    """
    found = [_public_name(*names) for names in stub_names(stub)]
    return sorted(found, key=lambda public: (public.name.lower(), public.name))


def _public_name(public: str, module: str, name: str) -> PublicName:
    submodule = _source(f"{module}.{name}")
    if submodule.exists():
        kind = "package" if submodule.name == "__init__.py" else "module"
        return PublicName(public, kind, submodule, _first_line(submodule))
    path = _source(module)
    kind, docstring = _definition(path, name)
    return PublicName(public, kind, path, docstring.partition("\n")[0].strip())


def _source(module: str) -> Path:
    folder = ROOT.joinpath(*module.split("."))
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


def _first_line(path: Path) -> str:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0].strip()


def _definition(path: Path, name: str) -> tuple[str, str]:
    """Return the kind and the docstring of a name that a module defines at its top level.

    Of an overloaded function, one definition has the docstring.
    """
    body = ast.parse(path.read_text(encoding="utf-8")).body
    found = [
        definition
        for node, following in zip(body, [*body[1:], None], strict=True)
        if (definition := _definition_in(node, following, name)) is not None
    ]
    if not found:
        raise LookupError(f"{path.relative_to(ROOT)} does not define {name}")
    return next((definition for definition in found if definition[1]), found[0])


def _definition_in(node: ast.stmt, following: ast.stmt | None, name: str) -> tuple[str, str] | None:
    if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
        return "class" if isinstance(node, ast.ClassDef) else "function", ast.get_docstring(node) or ""
    if name in _assigned(node):
        return "constant" if name.isupper() else "type", _string(following)
    return None


def _assigned(node: ast.stmt) -> list[str]:
    targets = getattr(node, "targets", None) or [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _string(node: ast.stmt | None) -> str:
    """Return the text of a string that stands alone as a statement, which documents the assignment before it."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return ""


def make_page() -> str:
    """Return the page as text."""
    sections = [HEADER]
    for stub in sorted(PACKAGE.rglob("__init__.pyi")):
        package = ".".join(stub.parent.relative_to(ROOT).parts)
        rows = [
            f"| [`{public.name}`](../{public.source.relative_to(ROOT).as_posix()}) | {public.kind} | "
            f"{public.summary.replace('|', chr(92) + '|')} |"
            for public in public_names(stub)
        ]
        about = _first_line(stub.with_suffix(".py"))
        sections.append("\n".join([f"## {package}", "", about, "", "| name | kind | |", "|---|---|---|", *rows, ""]))
    return "\n".join(sections)


def main(arguments: list[str]) -> int:
    """Write the page, or compare it with the stubs and docstrings; returns the exit code."""
    page = make_page()
    if arguments == ["--check"]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page:
            return 0
        print(f"{PAGE.relative_to(ROOT)} is out of date; run: python docs/make_api.py", file=sys.stderr)
        return 1
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
