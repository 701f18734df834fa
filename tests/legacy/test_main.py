"""`python main.py` with the flags of nasbench-pytorch 1.3.1."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from nasbench_pytorch.datasets import cifar10
from nasbench_pytorch.datasets.raw_cifar10 import Published
from nasbench_pytorch.model import Network, convert_legacy_state_dict, load_weights
from nasbench_pytorch.space import Skeleton
from nasbench_pytorch.space.presets import named_cell
from tests.golden.legacy_inputs import SKELETON
from tests.helpers.datasets_tiny_cifar10 import BATCH_IMAGES, TinyCifar10
from tests.helpers.deadlines import DEADLINE_S
from tests.helpers.legacy_flags import OLD_FLAGS
from tests.helpers.legacy_golden import legacy

ROOT = Path(__file__).parents[2]
Main = Callable[..., int]
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


def test_every_flag_of_1_3_1_is_in_the_help() -> None:
    shown = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE_S,
    ).stdout
    assert [name for name in [*OLD_FLAGS, "preset"] if f"--{name} " not in shown] == []


def test_the_help_loads_no_torch() -> None:
    code = "import sys, nasbench_pytorch.legacy.main; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=DEADLINE_S)


@pytest.fixture
def main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Main:
    """Return `main` of `main.py`, to run in a folder with a tiny CIFAR-10."""
    TinyCifar10().write("cifar-10-batches-py", tmp_path / "data")
    published = Published(5 * BATCH_IMAGES, BATCH_IMAGES, BATCH_IMAGES, batch_md5={})  # invented files
    monkeypatch.setattr(cifar10, "PUBLISHED", published)
    monkeypatch.chdir(tmp_path)
    script = importlib.util.spec_from_file_location("main_script", ROOT / "main.py")
    assert script is not None
    assert script.loader is not None
    module = importlib.util.module_from_spec(script)
    script.loader.exec_module(module)
    return lambda *arguments: module.main([*TINY, "--test_batch_size", "100", "--epochs", "1", *arguments])


@pytest.mark.parametrize("preset", ["nasbench101", "nasbench-pytorch-1.3"])
def test_it_trains_prints_final_metrics_and_saves_the_weights(
    main: Main, preset: str, capsys: pytest.CaptureFixture[str]
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


def test_it_continues_from_a_checkpoint(main: Main, tmp_path: Path) -> None:
    assert main("--device", "cpu") == 0
    saved = tmp_path / "checkpoint" / "ckpt_cifar10.pt"
    first = torch.load(saved, weights_only=True)
    assert main("--device", "cpu", "--load_checkpoint", str(saved), "--learning_rate", "0") == 0
    network = Network(named_cell("inception").spec, **vars(TINY_SKELETON))
    load_weights(network, saved)
    for name, parameter in network.named_parameters():
        assert torch.equal(parameter, first[name]), name
    assert network.get_buffer("stem.norm.num_batches_tracked") == 16


def test_it_continues_from_a_checkpoint_of_1_3_1(main: Main, tmp_path: Path) -> None:
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
    main: Main, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
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
def test_an_unusable_value_is_one_line_and_exit_code_2(
    main: Main, flags: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = flags.split() if "--device" in flags else ["--device", "cpu", *flags.split()]
    assert main(*arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("main.py: ")
    assert message in line
    assert not Path("checkpoint").exists()


def test_a_folder_that_cannot_be_written_is_reported_before_the_training(
    main: Main, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "checkpoint").write_text("a file where the folder should be")
    assert main("--device", "cpu") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("main.py: checkpoint is not a writable folder")
