"""`--compile`: refused where it is impossible, one graph for each network where it is possible."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch._dynamo.testing import CompileCounterWithBackend

from nasbench_pytorch.cli import main
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model import Network
from nasbench_pytorch.training import Recipe, Trainer, load_run
from nasbench_pytorch.training.runtime.compilation import check_compilation
from tests.helpers.deadlines import DEADLINE_S
from tests.helpers.tiny_training import SPEC, train_tiny


def step(network: Network, batch: int = 8, **changes: Any) -> None:
    trainer = Trainer(network, Recipe(batch_size=8, **changes), total_steps=10, compile=True)
    images, labels = torch.rand(batch, 3, 8, 8), torch.randint(10, (batch,))
    for _ in range(3):
        trainer.step(images, labels)


def small_network() -> Network:
    return Network(SPEC, stem_out_channels=4, num_stacks=1, num_modules_per_stack=1)


@pytest.fixture
def graphs(monkeypatch: pytest.MonkeyPatch) -> CompileCounterWithBackend:
    """Count the compiled graphs, and run them uncompiled."""
    counter = CompileCounterWithBackend("eager")
    monkeypatch.setattr(torch, "compile", functools.partial(torch.compile, backend=counter))
    return counter


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_all_shards_and_steps_run_one_graph(graphs: CompileCounterWithBackend, precision: Any) -> None:
    step(small_network(), batch_norm_shards=4, precision=precision)
    assert graphs.frame_count == 1


@pytest.mark.skipif(
    tuple(map(int, torch.__version__.split(".")[:2])) < (2, 5),
    reason="torch 2.4 compiles evaluations too, which costs compilations",
)
def test_evaluation_stays_uncompiled_and_does_not_recompile_the_training(graphs: CompileCounterWithBackend) -> None:
    network = train_tiny(compile=True).network
    assert network is not None
    assert graphs.frame_count == 1 + 1  # the check and the network
    assert list(network.state_dict()) == list(train_tiny().network.state_dict())  # type: ignore[union-attr]


def test_more_networks_are_compiled_than_torch_keeps_graphs_for_one_function(
    graphs: CompileCounterWithBackend,
) -> None:
    # The name of the limit until 2.5, which later releases understand too.
    with torch._dynamo.config.patch(cache_size_limit=2):
        for _ in range(4):
            step(small_network())
    assert graphs.frame_count == 4


class InvalidCxxCompiler(RuntimeError):  # noqa: N818 - named as torch's
    """The error that torch raises where it finds no C++ compiler."""


class TritonMissing(RuntimeError):  # noqa: N818 - named as torch's
    """The error that torch raises where there is no triton."""


NO_COMPILER = (
    "nasbench train: --compile is not possible here: there is no C++ compiler (g++, or what CXX names); install one, "
    "such as apt-get install g++; or leave out --compile"
)


def test_the_command_refuses_in_one_line_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: Any) -> Any:
        raise InvalidCxxCompiler

    monkeypatch.setattr(torch, "compile", lambda *_: fail)
    out = tmp_path / "run"
    assert main(["train", "resnet20", "--dataset", "digits", "--compile", "--device", "cpu", "--out", str(out)]) == 2
    assert capsys.readouterr().err.splitlines() == [NO_COMPILER]
    assert not out.exists()


def test_compilation_that_is_switched_off_is_refused(graphs: CompileCounterWithBackend) -> None:
    for _ in range(10):  # more than the graphs that torch keeps for one function
        check_compilation(torch.device("cpu"))
    with (
        torch._dynamo.config.patch(disable=True),
        pytest.raises(InputError, match="unset that, or leave out --compile"),
    ):
        check_compilation(torch.device("cpu"))
    assert graphs.frame_count == 10


@pytest.mark.slow
def test_without_a_compiler_the_command_says_what_is_missing_and_writes_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nasbench_pytorch.cli", "train", "--dataset", "digits", "--cell", "resnet20"]
    command += ["--compile", "--device", "cpu", "--out", str(tmp_path / "run")]
    environment = {**os.environ, "CXX": "/no/such/compiler", "PATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines() == [NO_COMPILER]
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (TritonMissing("Cannot find a working triton installation"), "triton is missing; install it with: pip install"),
        (RuntimeError("torch.compile is not supported on Python 3.99+\nmore"), "not supported on Python 3.99+; or"),
        (ValueError("C++ compile error\n\n/x.cpp:3: fatal error: Python.h: No such file\n"), "Python.h: No such file;"),
    ],
)
def test_the_reason_is_given_in_one_line(monkeypatch: pytest.MonkeyPatch, error: Exception, message: str) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("backend='inductor' raised") from error

    def unsupported(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr(torch, "compile", lambda *_: fail if isinstance(error, TritonMissing) else unsupported)
    with pytest.raises(InputError) as refusal:
        check_compilation(torch.device("cpu"))
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).endswith("or leave out --compile")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler")
def test_with_a_compiler_the_command_trains(tmp_path: Path) -> None:
    arguments = ["train", "--dataset", "digits", "--cell", "resnet20", "--stem-out-channels", "2", "--num-stacks", "1"]
    arguments += ["--num-modules-per-stack", "1", "--epochs", "1", "--device", "cpu", "--progress", "none"]
    assert main([*arguments, "--compile", "--out", str(tmp_path / "compiled")]) == 0
    assert load_run(tmp_path / "compiled").result.environment["compiled"] is True
