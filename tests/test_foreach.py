"""Operations on lists of tensors, with and without torch's fast ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import nasbench_pytorch
from nasbench_pytorch import foreach

PACKAGE = Path(nasbench_pytorch.__file__).parent


def lists() -> list[list[Tensor]]:
    """Three lists of positive tensors of several shapes."""
    generator = torch.Generator().manual_seed(0)
    shapes = [(3, 4), (5,), (2, 3, 3, 3), ()]
    return [[torch.rand(shape, generator=generator) + 0.1 for shape in shapes] for _ in range(3)]


@pytest.mark.parametrize(
    ("name", "numbers", "options"),
    [
        ("add", [1.5], {}),
        ("add_", ["b"], {"alpha": 1e-4}),
        ("add_", [1], {}),
        ("addcdiv_", ["b", "c"], {"value": 0.2}),
        ("addcmul_", ["b", "b"], {"value": 0.1}),
        ("copy_", ["b"], {}),
        ("mul_", [0.9], {}),
        ("norm", [], {}),
        ("sqrt_", [], {}),
        ("sub_", ["b"], {}),
    ],
)
def test_one_by_one_gives_the_same_bits(name: str, numbers: list[Any], options: dict[str, float]) -> None:
    results = []
    for operation in (getattr(foreach, name), lambda *given, **more: foreach.one_by_one(method(name), *given, **more)):
        first, second, third = lists()
        others = [{"b": second, "c": third}.get(number, number) for number in numbers]
        returned = operation(first, *others, **options)
        results.append(first if name.endswith("_") else returned)
    for fast, slow in zip(*results, strict=True):
        assert torch.equal(fast, slow)


def method(name: str) -> Any:
    return getattr(Tensor, name)


def test_where_torch_lacks_one_the_same_is_done_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch, "_foreach_mul_", raising=False)
    tensors = lists()[0]
    expected = [2 * tensor for tensor in tensors]
    foreach._operation("mul_")(tensors, 2)
    assert all(map(torch.equal, tensors, expected))


_MAY = {"foreach.py"}


def test_no_other_module_uses_a_private_name_of_torch() -> None:
    private = re.compile(
        r"\b(torch|nn|dist|optim)(\.\w+)*\._[a-zA-Z]|^(from|import) torch(\.\w+)*\._[a-zA-Z]|\._foreach_", re.MULTILINE
    )
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if private.search(path.read_text(encoding="utf-8"))
    }
    assert found <= _MAY
