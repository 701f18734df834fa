"""The generated pages: up to date, and their scripts notice when they are not."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from tests.helpers.deadlines import DEADLINE_S

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "nasbench_pytorch"
SCRIPTS = sorted((ROOT / "docs").glob("make_*.py"))


def load(script: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[script.stem] = module  # dataclasses look up their module there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def layers() -> ModuleType:
    return load(ROOT / "docs" / "package_layers.py")


@pytest.fixture(scope="module")
def architecture(layers: ModuleType) -> ModuleType:
    del layers  # loaded first, since the script imports it by its name
    return load(ROOT / "docs" / "make_architecture.py")


@pytest.fixture(scope="module")
def api() -> ModuleType:
    return load(ROOT / "docs" / "make_api.py")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_committed_page_is_up_to_date(script: Path) -> None:
    result = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False, timeout=DEADLINE_S
    )
    assert result.returncode == 0, result.stderr


def test_an_api_page_without_a_public_name_is_out_of_date(
    api: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = ROOT / "docs" / "api.md"
    lines = [line for line in page.read_text(encoding="utf-8").splitlines(keepends=True) if "`named_cell`" not in line]
    monkeypatch.setattr(api, "ROOT", tmp_path)
    monkeypatch.setattr(api, "PAGE", tmp_path / "api.md")
    monkeypatch.setattr(api, "make_page", lambda: page.read_text(encoding="utf-8"))
    (tmp_path / "api.md").write_text("".join(lines), encoding="utf-8")
    assert api.main(["--check"]) == 1
    assert capsys.readouterr().err == "api.md is out of date; run: python docs/make_api.py\n"
    assert api.main([]) == 0
    assert api.main(["--check"]) == 0


def test_a_picture_without_an_import_is_out_of_date(
    architecture: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = architecture.read_layers()
    picture = tmp_path / "architecture.svg"
    picture.write_text(architecture.draw(layers), encoding="utf-8")
    monkeypatch.setattr(architecture, "PICTURE", picture)
    monkeypatch.setattr(architecture, "ROOT", tmp_path)
    monkeypatch.setattr(architecture, "read_layers", lambda: layers)
    assert architecture.main(["--check"]) == 0
    monkeypatch.setattr(architecture, "read_layers", lambda: layers[1:])
    assert architecture.main(["--check"]) == 1


def test_the_picture_is_an_svg_that_shows_every_layer(architecture: ModuleType) -> None:
    layers = architecture.read_layers()
    root = ElementTree.fromstring(architecture.draw(layers))
    texts = [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]
    shown = {name for text in texts for name in text.rstrip(",").split(", ")}
    assert {name for layer in layers for name in layer.name.split(", ")} <= shown


def test_imports_lead_down(layers: ModuleType) -> None:
    found = layers.read_layers()
    floor = {layer.name: index for index, layer in enumerate(found)}
    assert all(floor[target] > floor[layer.name] for layer in found for target in layer.imports)


def test_every_module_of_the_root_is_in_the_contract(layers: ModuleType) -> None:
    modules = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    modules |= {f"legacy.{path.stem}" for path in PACKAGE.glob("legacy/*.py")}
    expected = modules - {"__init__", "legacy", "legacy.__init__"}
    assert set(layers.contract_modules()) == expected


def test_imports_inside_functions_count_and_those_for_type_checking_do_not(layers: ModuleType, tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_text(
        "import numpy\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n"
        "    import pandas\n"
        "def work():\n"
        "    from nasbench_pytorch import api\n"
    )
    assert set(layers.imported_modules(source)) == {
        "numpy",
        "typing",
        "typing.TYPE_CHECKING",
        "nasbench_pytorch",
        "nasbench_pytorch.api",
    }


def test_every_public_name_says_what_it_is(api: ModuleType) -> None:
    names = [public for stub in PACKAGE.rglob("__init__.pyi") for public in api.public_names(stub)]
    assert [public.name for public in names if not public.summary] == []


def test_a_stub_that_lists_what_a_module_lacks_is_an_error(api: ModuleType, tmp_path: Path) -> None:
    stub = tmp_path / "__init__.pyi"
    stub.write_text("from nasbench_pytorch.errors import Nothing as Nothing\n")
    with pytest.raises(LookupError, match=r"nasbench_pytorch/errors.py does not define Nothing"):
        api.public_names(stub)


def test_an_overloaded_function_is_described_by_the_definition_with_a_docstring(
    api: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "ROOT", tmp_path)
    (tmp_path / "module.py").write_text(
        "@overload\ndef run(task: str) -> int: ...\n@overload\ndef run(task: int) -> int: ...\n"
        'def run(task):\n    """Run a task.\n\n    And return."""\n'
    )
    stub = tmp_path / "__init__.pyi"
    stub.write_text("from module import run as run\n")
    assert [(public.name, public.kind, public.summary) for public in api.public_names(stub)] == [
        ("run", "function", "Run a task.")
    ]
