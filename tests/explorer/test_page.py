"""The page's modules: what can be checked without a browser."""

import gzip
import json
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

import nasbench_pytorch.explorer

PAGE = Path(nasbench_pytorch.explorer.__file__).parent / "page"
MODULES = sorted(PAGE.glob("*.js"))
TESTS = Path(__file__).parent / "page"


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    """A folder with the page's modules and their tests, which node takes for modules in every version."""
    if shutil.which("node") is None:
        pytest.skip("needs node")
    for path in (*MODULES, *TESTS.glob("*.js")):
        shutil.copy(path, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}\n')
    return tmp_path


def test_functions_of_the_page_hold_what_their_tests_say(modules: Path) -> None:
    command = ["node", "--test", *(path.name for path in sorted(TESTS.glob("*.test.js")))]
    outcome = subprocess.run(command, cwd=modules, capture_output=True, text=True, timeout=120)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_node_reads_every_module(modules: Path) -> None:
    names = json.dumps([path.name for path in MODULES])
    script = f"""
        import {{ readFileSync }} from "node:fs";
        import {{ SourceTextModule }} from "node:vm";
        for (const name of {names}) new SourceTextModule(readFileSync(name, "utf8"), {{ identifier: name }});
    """
    command = ["node", "--experimental-vm-modules", "--input-type=module", "--eval", script]
    outcome = subprocess.run(command, cwd=modules, capture_output=True, text=True, timeout=60)
    assert outcome.returncode == 0, outcome.stderr


def test_modules_can_be_joined_into_one_script() -> None:
    """Reports and notebooks carry the map as one script: names are unique, imports are plain."""
    names: Counter[str] = Counter()
    for path in MODULES:
        text = path.read_text()
        names.update(re.findall(r"(?m)^(?:export )?(?:async )?(?:function|const|let|class) (\w+)", text))
        for line in re.findall(r"(?m)^(?:import|export)\b.*$", text):
            plain = r'import \{ [\w, ]+ \} from "\./\w+\.js";|export (?:async )?(?:function|const|class) .*'
            assert re.fullmatch(plain, line), f"{path.name}: {line}"
    assert {name: count for name, count in names.items() if count > 1} == {}


def test_every_import_exists() -> None:
    exports = {
        path.name: set(re.findall(r"(?m)^export (?:async )?(?:function|const|class) (\w+)", path.read_text()))
        for path in MODULES
    }
    for path in MODULES:
        for listed, module in re.findall(r'(?m)^import \{ ([\w, ]+) \} from "\./(\w+\.js)";', path.read_text()):
            assert set(listed.split(", ")) <= exports[module], f"{path.name} imports from {module}"


def test_the_page_names_all_of_its_modules_and_nothing_from_elsewhere() -> None:
    text = (PAGE / "index.html").read_text()
    assert set(re.findall(r"/page/(\w+\.js)", text)) == {path.name for path in MODULES}
    assert not re.search(r"https?:|<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", text)


def test_the_code_that_a_browser_receives_is_small() -> None:
    sent = [gzip.compress(path.read_bytes()) for path in PAGE.iterdir() if path.suffix in (".html", ".css", ".js")]
    assert sum(map(len, sent)) < 100_000


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_text_is_read_as_html_or_code(path: Path) -> None:
    banned = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|srcdoc"
    assert re.search(banned, path.read_text()) is None
