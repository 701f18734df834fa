"""Describing a cell loads no heavy package."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.helpers.deadlines import DEADLINE_S

HEAVY = ("torch", "numba", "matplotlib", "pyarrow", "scipy")


def modules_after(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint(' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=DEADLINE_S
    )
    return set(result.stdout.splitlines()[-1].split()) if result.stdout.strip() else set()


@pytest.mark.parametrize(
    "code",
    [
        "import nasbench_pytorch.space",
        "from nasbench_pytorch.space import SearchSpace, enumerate_cells, hash_specs, neighbours, path_encoding",
        "import nasbench_pytorch.plots.cells",
        "from nasbench_pytorch.space import ModelSpec; ModelSpec([[0, 1], [0, 0]], ['input', 'output']).hash_spec()",
        "from nasbench_pytorch.space.filtering.filter_language import parse_where; parse_where('a<1', ['a'])",
    ],
)
def test_nothing_heavy_is_loaded(code: str) -> None:
    assert modules_after(code) == set()


def test_the_compiled_hash_is_loaded_once_it_pays() -> None:
    code = """
from nasbench_pytorch.space import ModelSpec
from nasbench_pytorch.space.hashing import one_graph as hashing
hashing.LOADING_PAYS_AFTER = 2
cells = [ModelSpec([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", name, "output"]) for name in "abcde"]
hashes = [cell.hash_spec("abcde") for cell in cells]
assert hashing.compiled_hash_is_loaded()
assert hashes == [hashing.hash_with_hashlib((2, 4, 0), (-1, label, -2)) for label in range(5)]
"""
    assert "numba" in modules_after(code)


def test_without_numba_hashing_goes_on_with_hashlib() -> None:
    code = """
import sys
sys.modules["numba"] = None
from nasbench_pytorch.space import ModelSpec
from nasbench_pytorch.space.hashing import one_graph as hashing
hashing.LOADING_PAYS_AFTER = 0
cell = ModelSpec([[0, 1], [0, 0]], ["input", "output"])
assert cell.hash_spec() == "043721b9c7fe8c5fad811d47d83132ec"
sys.modules.pop("numba")
"""
    assert modules_after(code) == set()
