"""Named cells and the skeleton."""

from __future__ import annotations

import re
from typing import Any

import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import (
    NAMED_CELLS,
    NASBENCH101_SKELETON,
    Skeleton,
    count_flops,
    count_parameters,
    named_cell,
)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("inception", 2_694_282),
        ("inception-resnet", 3_568_010),
        ("best", 32_426_634),
        ("smallest", 227_274),
        ("largest", 49_979_274),
        ("resnet20", None),
        ("resnet50", None),
    ],
)
def test_every_named_cell_has_its_published_size(name: str, parameters: int | None) -> None:
    cell = named_cell(name)
    assert cell.spec.valid_spec
    assert cell.about
    counted = count_parameters(cell.spec, cell.skeleton)
    assert counted == parameters or (parameters is None and counted > 0)
    assert count_flops(cell.spec, cell.skeleton) > counted


def test_there_are_seven_and_an_unknown_one_is_refused_with_their_names() -> None:
    assert len(NAMED_CELLS) == 7
    assert all(cell.name == name for name, cell in NAMED_CELLS.items())
    with pytest.raises(InputError, match="unknown cell 'incption'; named cells: inception, "):
        named_cell("incption")


def test_channels_double_and_modules_follow_each_other() -> None:
    modules = list(Skeleton(stem_out_channels=16, num_stacks=3, num_modules_per_stack=2).modules())
    assert modules == [(0, 0, 16, 16), (0, 1, 16, 16), (1, 0, 16, 32), (1, 1, 32, 32), (2, 0, 32, 64), (2, 1, 64, 64)]
    assert Skeleton(stem_out_channels=16).out_channels == 64


@pytest.mark.parametrize(
    "field", ["num_labels", "in_channels", "stem_out_channels", "num_stacks", "num_modules_per_stack"]
)
def test_a_skeleton_of_nothing_is_refused(field: str) -> None:
    with pytest.raises(InputError, match=f"{field} must be at least 1, got 0"):
        Skeleton(**{field: 0})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_stacks": 10**30}, "num_stacks must be at most 16, got a number of more than 30 digits"),
        ({"num_stacks": 10**5000}, "num_stacks must be at most 16"),
        ({"num_modules_per_stack": 10**9}, "num_modules_per_stack must be at most 1,000, got 1,000,000,000"),
        ({"stem_out_channels": 1 << 16, "num_stacks": 16}, "2,147,483,648 channels, at most 1,048,576 are allowed"),
        ({"num_stacks": 2.5}, "num_stacks must be a whole number, got 2.5"),
        ({"num_labels": "10"}, "num_labels must be a whole number, got '10'"),
        ({"num_labels": True}, "num_labels must be a whole number, got True"),
    ],
)
def test_sizes_that_no_machine_can_hold_and_other_types_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        Skeleton(**changes)


def test_a_skeleton_from_json_names_the_field() -> None:
    assert Skeleton.from_dict(dict(vars(NASBENCH101_SKELETON))) == NASBENCH101_SKELETON
    for value, message in (
        ({"num_stacks": "3"}, "skeleton.num_stacks must be a whole number, got '3'"),
        ({"depth": 3}, "unknown skeleton fields: depth"),
        ([1], "skeleton must be an object, got [1]"),
    ):
        with pytest.raises(InputError, match=re.escape(message)):
            Skeleton.from_dict(value)  # type: ignore[arg-type]
