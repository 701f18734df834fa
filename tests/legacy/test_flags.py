"""The flags of nasbench-pytorch 1.3.1's `main.py` and the recipe they describe."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from nasbench_pytorch.legacy.flags import parse_flags
from nasbench_pytorch.legacy.settings import notes_on, recipe_of, skeleton_of
from nasbench_pytorch.space import Skeleton
from nasbench_pytorch.training import PRESETS, Recipe
from tests.helpers.legacy_flags import OLD_FLAGS

if TYPE_CHECKING:
    from nasbench_pytorch.training.recipe import PresetName

OLD: PresetName = "nasbench-pytorch-1.3"


def changed(*arguments: str) -> dict[str, Any]:
    """Return the fields of the recipe in which the flags differ from their preset."""
    flags = parse_flags(arguments)
    recipe, preset = recipe_of(flags), PRESETS[flags.preset]
    names = [field.name for field in fields(Recipe)]
    return {name: getattr(recipe, name) for name in names if getattr(recipe, name) != getattr(preset, name)}


def test_flags_are_a_namespace_of_the_old_names() -> None:
    flags = parse_flags([])
    assert isinstance(flags, argparse.Namespace)
    assert set(vars(flags)) == {*OLD_FLAGS, "preset"}


def test_without_flags_it_uses_the_originals_recipe() -> None:
    flags = parse_flags([])
    assert recipe_of(flags) == Recipe()
    assert skeleton_of(flags) == Skeleton()
    assert (flags.random_state, flags.data_root, flags.print_freq, flags.load_checkpoint) == (1, "./data/", 100, "")
    assert notes_on(flags) == []


def test_the_old_preset_is_the_old_recipe() -> None:
    assert recipe_of(parse_flags(["--preset", OLD])) == PRESETS[OLD]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ("--batch_size 128", {"batch_size": 128}),
        ("--test_batch_size 100", {"evaluation_batch_size": 100}),
        ("--epochs 4", {"epochs": 4}),
        ("--validation_size 0", {"validation_size": 0}),
        ("--learning_rate 0.1", {"learning_rate": 0.1}),
        ("--optimizer rmsprop", {"optimizer": "rmsprop", "rmsprop_decay": 0.99}),
        ("--optimizer RMSProp_TF", {}),
        ("--optimizer sgd", {"optimizer": "sgd"}),
        ("--rmsprop_eps 0.001", {"optimizer_eps": 0.001}),
        ("--momentum 0.5", {"momentum": 0.5}),
        ("--weight_decay 5e-4", {"weight_decay": 5e-4}),
        ("--grad_clip 3", {"gradient_clip_norm": 3}),
        ("--grad_clip_off True", {}),
        ("--grad_clip_off False", {"gradient_clip_norm": 5}),
        ("--grad_clip_off False --grad_clip 2", {"gradient_clip_norm": 2}),
        ("--grad_clip_off True --grad_clip 2", {}),
        ("--batch_norm_momentum 0.9", {"batch_norm_decay": 0.9}),
        ("--batch_norm_eps 1e-3", {"batch_norm_eps": 1e-3}),
        ("--tf_like True", {}),
        ("--tf_like False", {"initialization": OLD}),
        (f"--preset {OLD} --optimizer rmsprop_tf", {"optimizer": "rmsprop_tf", "rmsprop_decay": 0.9}),
        (f"--preset {OLD} --grad_clip_off True", {"gradient_clip_norm": None}),
        (f"--preset {OLD} --grad_clip_off", {"gradient_clip_norm": None}),
        (f"--preset {OLD} --grad_clip_off False", {}),
        (f"--preset {OLD} --batch_norm_momentum 0.75", {"batch_norm_decay": 0.25}),
        (f"--preset {OLD} --tf_like true", {"initialization": "tensorflow"}),
        ("--learning-rate=0.1", {"learning_rate": 0.1}),
    ],
)
def test_a_flag_changes_only_its_field(flags: str, expected: dict[str, Any]) -> None:
    assert changed(*flags.split()) == expected


def test_skeleton_flags_shape_the_network() -> None:
    flags = "--num_labels 7 --in_channels 1 --stem_out_channels 16 --num_stacks 2 --num_modules_per_stack 4"
    assert skeleton_of(parse_flags(flags.split())) == Skeleton(7, 1, 16, 2, 4)


def test_flags_with_another_meaning_than_in_1_3_1_give_a_note() -> None:
    assert "1.3.1 passed it to torch" in notes_on(parse_flags(["--batch_norm_momentum", "0.9"]))[0]
    assert notes_on(parse_flags(["--preset", OLD, "--batch_norm_momentum", "0.9"])) == []
    assert "no effect" in notes_on(parse_flags(["--num_workers", "4"]))[0]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--grad_clip_off maybe", "argument --grad_clip_off: must be True or False, got 'maybe'"),
        ("--epochs 0", "argument --epochs: must be a whole number of at least 1, got 0"),
        ("--epochs many", "argument --epochs: must be a whole number of at least 1, got 'many'"),
        ("--grad_clip nan", "argument --grad_clip: must be a number above 0, got nan"),
        ("--batch_norm_momentum 2", "argument --batch_norm_momentum: must be a number from 0 to 1, got 2"),
        ("--optimizer lion", "invalid choice: 'lion'"),
        ("--unknown 1", "unrecognized arguments: --unknown 1"),
    ],
)
def test_a_bad_flag_is_one_line_and_exit_code_2(flags: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        parse_flags(flags.split())
    assert left.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
