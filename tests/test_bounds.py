"""The versions that pyproject.toml allows are those that the tests run with."""

from __future__ import annotations

import importlib.metadata
import re
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent

# pandas is left out on purpose, tensorboard writes files alone, smac needs a scikit-learn that is newer than the
# oldest, and lint needs no old tools.
NOT_RUN_WITH_THE_OLDEST = {"pandas", "tensorboard", "smac", "lint"}


def lower_bounds() -> dict[str, str]:
    """Name → oldest version, of all that the package and the tests need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = list(project["dependencies"])
    for extra, names in project["optional-dependencies"].items():
        if extra not in NOT_RUN_WITH_THE_OLDEST:
            requirements += [name for name in names if not name.startswith("nasbench-pytorch")]
    parts = [re.match(r"([\w-]+)>=([\d.]+)", requirement) for requirement in requirements]
    assert None not in parts, "a requirement without a lower bound"
    return {part[1]: part[2] for part in parts if part}


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    found = re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE)
    return {package.replace("_", "-"): version for package, version in found}


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version.partition("+")[0])[:3]))


def test_the_oldest_versions_are_the_lower_bounds() -> None:
    oldest = pins("oldest.txt") | pins("oldest-torch.txt")
    for name, bound in lower_bounds().items():
        assert name in oldest, f"{name} is missing in requirements/oldest.txt"
        # The first release that fits: 3.5 stands for 3.5.0, and a yanked first release has a successor.
        assert numbers(oldest[name])[: len(numbers(bound))] == numbers(bound), name
    assert "pandas" not in oldest


def test_the_versions_of_development_are_within_the_bounds() -> None:
    constraints = pins("constraints.txt")
    for name, bound in lower_bounds().items():
        if name != "tomli":
            assert numbers(constraints[name]) >= numbers(bound), name


@pytest.mark.parametrize("name", sorted({*lower_bounds()} - {"tomli"}))
def test_what_is_installed_is_within_the_bounds(name: str) -> None:
    try:
        installed = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    assert numbers(installed) >= numbers(lower_bounds()[name])
