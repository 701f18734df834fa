"""`python main.py` with the flags of nasbench-pytorch 1.3.1."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch

from nasbench_pytorch.datasets import cifar10
from nasbench_pytorch.legacy.flags import notes_on, parse_flags, recipe_of, skeleton_of
from nasbench_pytorch.model import Network, convert_legacy_state_dict, load_weights
from nasbench_pytorch.space import Skeleton
from nasbench_pytorch.space.presets import named_cell
from nasbench_pytorch.training import PRESETS, Recipe
from tests.datasets.tiny_cifar10 import BATCH_IMAGES, TinyCifar10
from tests.golden.legacy_inputs import SKELETON
from tests.legacy.golden_131 import legacy

ROOT = Path(__file__).parents[2]
OLD = "nasbench-pytorch-1.3"
OLD_FLAGS = [
    "random_state",
    "data_root",
    "in_channels",
    "stem_out_channels",
    "num_stacks",
    "num_modules_per_stack",
    "batch_size",
    "test_batch_size",
    "epochs",
    "validation_size",
    "num_workers",
    "learning_rate",
    "optimizer",
    "rmsprop_eps",
    "momentum",
    "weight_decay",
    "grad_clip",
    "grad_clip_off",
    "batch_norm_momentum",
    "batch_norm_eps",
    "load_checkpoint",
    "num_labels",
    "device",
    "print_freq",
    "tf_like",
]
TINY = [
    "--stem_out_channels",
    "4",
    "--num_stacks",
    "1",
    "--num_modules_per_stack",
    "1",
    "--validation_size",
    "100",
    "--batch_size",
    "50",
]
TINY_SKELETON = Skeleton(stem_out_channels=4, num_stacks=1, num_modules_per_stack=1)


def changed(*arguments: str) -> dict[str, Any]:
    """Fields of the recipe that the flags change from the preset that they name."""
    given = parse_flags(arguments)
    recipe, preset = recipe_of(given), PRESETS[given.preset]
    names = [field.name for field in fields(Recipe)]
    return {name: getattr(recipe, name) for name in names if getattr(recipe, name) != getattr(preset, name)}


def test_every_flag_of_1_3_1_is_in_the_help() -> None:
    shown = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert [name for name in [*OLD_FLAGS, "preset"] if f"--{name} " not in shown] == []


def test_help_waits_for_no_torch() -> None:
    code = "import sys, nasbench_pytorch.legacy.main; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_bare_it_trains_by_the_originals_recipe() -> None:
    given = parse_flags([])
    assert recipe_of(given) == Recipe()
    assert skeleton_of(given) == Skeleton()
    assert (given.random_state, given.data_root, given.print_freq, given.load_checkpoint) == (1, "./data/", 100, "")
    assert notes_on(given) == []


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
def test_a_flag_changes_just_what_it_says(flags: str, expected: dict[str, Any]) -> None:
    assert changed(*flags.split()) == expected


def test_skeleton_flags_shape_the_network() -> None:
    flags = "--num_labels 7 --in_channels 1 --stem_out_channels 16 --num_stacks 2 --num_modules_per_stack 4"
    assert skeleton_of(parse_flags(flags.split())) == Skeleton(7, 1, 16, 2, 4)


def test_flags_without_their_old_meaning_say_so() -> None:
    assert "1.3.1 handed it to torch" in notes_on(parse_flags(["--batch_norm_momentum", "0.9"]))[0]
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


@pytest.fixture
def main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`main.py` in a folder with a tiny CIFAR-10."""
    TinyCifar10().write("cifar-10-batches-py", tmp_path / "data")
    published = cifar10.Published(5 * BATCH_IMAGES, BATCH_IMAGES, BATCH_IMAGES)
    monkeypatch.setattr(cifar10, "PUBLISHED", published)
    monkeypatch.chdir(tmp_path)
    place = importlib.util.spec_from_file_location("main_script", ROOT / "main.py")
    assert place is not None
    assert place.loader is not None
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return lambda *arguments: module.main([*TINY, "--test_batch_size", "100", "--epochs", "1", *arguments])


@pytest.mark.parametrize("preset", ["nasbench101", OLD])
def test_it_trains_prints_final_metrics_and_saves_the_weights(
    main: Any, preset: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("--preset", preset, "--print_freq", "2", "--device", "cpu") == 0
    printed = capsys.readouterr()
    assert "Final train metrics: {'train_loss': " in printed.out
    assert "'val_accuracy': " in printed.out
    assert "Final test metrics: {'test_loss': " in printed.out
    assert "step 8: loss " in printed.out
    assert printed.err == ""
    state = torch.load("checkpoint/ckpt_cifar10.pt", weights_only=True)
    network = Network(named_cell("inception").spec, **vars(TINY_SKELETON))
    network.load_state_dict(state)
    assert state["stem.norm.num_batches_tracked"] == 8


def test_it_goes_on_from_a_checkpoint(main: Any, tmp_path: Path) -> None:
    assert main("--device", "cpu") == 0
    saved = tmp_path / "checkpoint" / "ckpt_cifar10.pt"
    first = torch.load(saved, weights_only=True)
    assert main("--device", "cpu", "--load_checkpoint", str(saved), "--learning_rate", "0") == 0
    network = Network(named_cell("inception").spec, **vars(TINY_SKELETON))
    load_weights(network, saved)
    for name, parameter in network.named_parameters():
        assert torch.equal(parameter, first[name]), name
    assert network.get_buffer("stem.norm.num_batches_tracked") == 16


def test_it_goes_on_from_a_checkpoint_of_1_3_1(main: Any, tmp_path: Path) -> None:
    golden = legacy("inception")
    torch.save(golden.state, tmp_path / "old.pt")
    shape = [item for name, value in SKELETON.items() for item in (f"--{name}", str(value))]
    assert main("--device", "cpu", *shape, "--load_checkpoint", "old.pt", "--learning_rate", "0") == 0
    network = Network(named_cell("inception").spec, **SKELETON)
    load_weights(network, tmp_path / "checkpoint" / "ckpt_cifar10.pt")
    expected = convert_legacy_state_dict(golden.state, network)
    for name, parameter in network.named_parameters():
        assert torch.equal(parameter, expected[name].float()), name


def test_without_cuda_it_says_so_and_uses_the_cpu(
    main: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main() == 0
    assert capsys.readouterr().err.splitlines() == ["main.py: there is no CUDA device; training on the CPU"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--device tpu", "unknown device 'tpu'"),
        ("--batch_size 51", "not divisible by batch_norm_shards"),
        ("--num_labels 3", "3 labels"),
        ("--in_channels 1", "1 channels"),
        ("--validation_size 500", "validation size"),
        ("--batch_size 1000", "larger than the 400 training images"),
        ("--load_checkpoint none.pt", "--load_checkpoint none.pt: there is no such file"),
        ("--load_checkpoint data/cifar-10-batches-py/test_batch", "test_batch"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_code_2(
    main: Any, flags: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = flags.split() if "--device" in flags else ["--device", "cpu", *flags.split()]
    assert main(*arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("main.py: ")
    assert message in line
    assert not Path("checkpoint").exists()


def test_a_place_that_cannot_be_written_is_told_before_the_training(
    main: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "checkpoint").write_text("a file where the folder should be")
    assert main("--device", "cpu") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("main.py: checkpoint is no folder")


def test_flags_are_a_namespace_of_the_old_names() -> None:
    given = parse_flags([])
    assert isinstance(given, argparse.Namespace)
    assert set(vars(given)) == {*OLD_FLAGS, "preset"}
