"""`python -m benchmarks.gpu`: parts are isolated, and a CPU can try them at a tiny size."""

from __future__ import annotations

import json
import os
import time
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import gpu
from benchmarks.gpu_checks import golden, marked_tests
from benchmarks.gpu_checks.findings import Findings, keep_worker_error
from benchmarks.gpu_checks.marked_tests import files_with_mark
from benchmarks.gpu_checks.parts import PARTS, Part
from benchmarks.gpu_checks.rates import combinations
from benchmarks.gpu_checks.rounded import round_to_tf32, with_tf32_convolutions
from benchmarks.gpu_checks.runner import run_parts
from benchmarks.gpu_checks.settings import Settings
from benchmarks.gpu_checks.shards import replicas_error
from benchmarks.predecessor import prepared_predecessor
from tests.golden.goldens import batch, golden_cell
from tests.helpers.deadlines import DEADLINE_S

ROOT = Path(__file__).parents[2]
TINY = Settings("cpu", tiny=True)

MODULES = {
    "sound": "def run(findings): findings.add('answer', 42); findings.leave_out('half', 'no such card')",
    "raises": "def run(findings): findings.add('before', 1); raise RuntimeError('CUDA error: out of luck')",
    "dies": "import os\ndef run(findings): findings.add('before', 1); os._exit(3)",
    "hangs": """
import subprocess, sys
from tests.helpers.deadlines import DEADLINE_S
def run(findings):
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    findings.add("child", child.pid)
    child.wait()
""",
}


@pytest.fixture
def fake_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Part]:
    for name, text in MODULES.items():
        (tmp_path / f"fake_{name}.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return [Part(name, f"fake_{name}", 1, 0.5) for name in MODULES]


def results_of(parts: list[Part], budget_s: float) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    run_parts(parts, TINY, budget_s, found.__setitem__)
    return found


@pytest.mark.slow
def test_a_part_that_fails_dies_or_hangs_keeps_its_results_and_leaves_the_others_alone(fake_parts: list[Part]) -> None:
    found = results_of(fake_parts[:3], 3 * DEADLINE_S) | results_of(fake_parts[3:], 15)
    assert {name: result["status"] for name, result in found.items()} == {
        "sound": "complete",
        "raises": "failed",
        "dies": "failed",
        "hangs": "stopped",
    }
    assert found["sound"]["results"] == {"answer": 42}
    assert found["sound"]["left_out"] == {"half": "no such card"}
    assert found["raises"]["results"] == found["dies"]["results"] == {"before": 1}
    assert found["raises"]["failures"] == {"the part itself": "RuntimeError: CUDA error: out of luck"}
    assert "Traceback" in "".join(found["raises"]["output"])
    assert found["dies"]["failures"] == {"the part itself": "its process ended with code 3"}
    assert "stopped after" in found["hangs"]["left_out"]["the rest"]
    assert is_gone(found["hangs"]["results"]["child"])


def is_gone(pid: int) -> bool:
    """Whether a process ends before the deadline."""
    deadline_s = time.monotonic() + DEADLINE_S
    while not ended(pid) and time.monotonic() < deadline_s:
        os.sched_yield()
    return ended(pid)


def ended(pid: int) -> bool:
    """Whether a process is gone, or only waits to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_part_without_enough_time_is_left_out_with_the_reason(fake_parts: list[Part]) -> None:
    found = results_of([Part("long", fake_parts[0].module, 1, least_s=6000), fake_parts[0]], 2 * DEADLINE_S)
    assert found["long"]["status"] == "left out"
    assert found["long"]["left_out"] == {"the whole part": "needs 6000 s, and 300 s were left for it"}
    assert found["sound"]["status"] == "complete"


def test_errors_of_a_machine_that_lacks_something_are_left_out_and_others_fail(tmp_path: Path) -> None:
    findings = Findings(tmp_path / "found.json", TINY, 10)
    for name, text in (
        ("compile", "Traceback:\n  File x\nnasbench_pytorch.errors.InputError: --compile is not possible here"),
        ("memory", "Traceback:\n  File x\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate 9 GiB"),
        ("wrong", "Traceback:\n  File x\nRuntimeError: CUDA error: an illegal memory access was encountered"),
    ):
        keep_worker_error(findings, name, RuntimeError(text))
    findings.check("distance", float("nan"), 1.0)
    written = json.loads((tmp_path / "found.json").read_text())
    assert list(written["left_out"]) == ["compile", "memory"]
    assert list(written["failures"]) == ["wrong", "distance"]


def test_the_command_writes_what_it_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "gpu.json"
    assert gpu.main(["--device", "cpu", "--tiny", "--out", str(out), "--parts", "machine"]) == 0
    written = json.loads(out.read_text())
    assert written["parts"]["machine"]["status"] == "complete"
    assert written["parts"]["machine"]["results"]["environment"]["device"] == "cpu"
    printed = capsys.readouterr().out
    assert "left out card: the device is a CPU" in printed
    assert "1 parts in" in printed.splitlines()[-1]


def test_golden_numbers_are_compared_and_other_numbers_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def written() -> Any:
        golden.run(Findings(tmp_path / "found.json", TINY, 60))
        return json.loads((tmp_path / "found.json").read_text())

    sound = written()
    assert not sound["failures"] and len(sound["results"]) == 4
    assert all(value["comparisons"] > 20 for value in sound["results"].values())
    monkeypatch.setattr(golden, "CELLS_AND_RUNS", [])
    monkeypatch.setattr(golden, "golden_cell", lambda name: replace(golden_cell(name), arrays=shifted(name)))
    assert list(written()["failures"]) == ["forward of io_only, init", "forward of io_only, pert"]


def shifted(name: str) -> dict[str, Any]:
    return {key: array + 1e-6 if "logits" in key else array for key, array in golden_cell(name).arrays.items()}


@pytest.mark.slow
def test_a_cpu_can_try_every_part(tmp_path: Path) -> None:
    out = tmp_path / "gpu.json"
    assert gpu.main(["--device", "cpu", "--tiny", "--out", str(out), "--minutes", "30"]) == 0
    written = json.loads(out.read_text())["parts"]
    assert {name: part["status"] for name, part in written.items()} == {part.name: "complete" for part in PARTS}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "missing-folder/x.json"], "does not exist; make it first"),
        (["--out", "x.json", "--minutes", "0"], "--minutes must be a positive number, got 0"),
        (["--out", "x.json", "--device", "cuda:99"], "--device: unknown device 'cuda:99'; this machine has: auto, cpu"),
        (["--out", "x.json", "--predecessor", "README.md"], "README.md has no nasbench-pytorch 1.3.1"),
    ],
)
def test_arguments_that_cannot_work_are_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        gpu.main(arguments)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_the_predecessor_is_a_wheel_a_folder_or_an_environment_but_not_this_version(tmp_path: Path) -> None:
    wheel, folder, environment = tmp_path / "old.whl", tmp_path / "folder", tmp_path / "environment"
    names = ["nasbench_pytorch/trainer.py", "nasbench_pytorch/model/model.py"]
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in names:
            archive.writestr(name, "")
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").touch()
    assert prepared_predecessor(wheel)[1] == str(wheel)
    assert prepared_predecessor(folder)[1] == str(folder)
    assert prepared_predecessor(environment) == (str(environment / "bin" / "python"), None)
    with pytest.raises(ValueError, match=r"has no nasbench-pytorch 1\.3\.1; give its wheel"):
        prepared_predecessor(ROOT)


def test_every_combination_is_measured_once_and_the_first_cell_first() -> None:
    cells = ["inception", "smallest", "best"]
    on_card = combinations(cells, Settings("cuda"))
    assert max(Counter(on_card).values()) == 1
    assert len(on_card) == 3 * 3 * 4
    assert {cell for cell, _, _ in on_card[:10]} == {"inception"}
    assert not any(way == "graph" or precision == "tf32" for _, precision, way in combinations(cells, Settings("cpu")))


def test_no_file_with_gpu_tests_is_overlooked() -> None:
    assert {"tests/training/test_gpu.py", "tests/datasets/test_batches.py"} <= set(files_with_mark(ROOT / "tests"))


def test_outcomes_of_marked_tests_are_counted_and_failures_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_card.py").write_text(CARD_TESTS)
    (tmp_path / "tests" / "test_other.py").write_text("raise RuntimeError('it has no mark')")
    monkeypatch.setattr(marked_tests, "ROOT", tmp_path)
    marked_tests.run(Findings(tmp_path / "found.json", TINY, 60))
    written = json.loads((tmp_path / "found.json").read_text())
    assert written["results"]["outcomes"] == {"passed": 2, "failed": 1, "skipped": 1, "error": 1}
    assert written["failures"] == {
        "tests/test_card.py::test_adds[1 and 2]": "assert (1 + 2) == 4",
        "tests/test_card.py::test_needs_memory": "RuntimeError: CUDA out of memory",
    }
    assert list(written["left_out"].values()) == ["needs two cards"]


CARD_TESTS = """
import pytest

pytestmark = pytest.mark.gpu

@pytest.mark.parametrize("first", [1, 2, 3], ids=["1 and 2", "2 and 2", "3 and 2"])
def test_adds(first):
    if first == 3:
        pytest.skip("needs two cards")
    assert first + 2 == 4

@pytest.fixture
def memory():
    raise RuntimeError("CUDA out of memory")

def test_needs_memory(memory): ...

def test_passes(): ...
"""


def test_tf32_keeps_ten_bits_of_the_fraction() -> None:
    values = torch.randn(10_000, generator=torch.Generator().manual_seed(0)) * 2.0 ** torch.arange(-50, 50).repeat(100)
    rounded = round_to_tf32(values)
    assert not (rounded.view(torch.int32) & 0x1FFF).any()
    assert ((rounded - values).abs() <= values.abs() * 2.0**-11).all()
    assert torch.equal(round_to_tf32(rounded), rounded)
    assert round_to_tf32(torch.tensor([1 + 2**-11, 1 + 2**-12])).tolist() == [1 + 2**-10, 1.0]


@torch.no_grad()
def test_rounded_convolutions_change_results_by_about_a_thousandth() -> None:
    network = golden_cell("io_only").build("pert", torch.float32)
    images, _ = batch(0, torch.float32)
    exact, rounded = network.eval()(images), with_tf32_convolutions(network).eval()(images)
    assert 1e-6 < (exact - rounded).norm() / exact.norm() < 5e-3


def test_two_shards_are_compared_with_two_replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    assert replicas_error("io_only", torch.device("cpu")) < 1e-12
    # The comparison notices shards that are not separate.
    monkeypatch.setattr("benchmarks.gpu_checks.shards.replicas_step", one_replica)
    assert replicas_error("io_only", torch.device("cpu")) > 1e-4


def one_replica(network: Any, shards: int) -> Any:
    from tests.helpers.replicas import replicas_step

    return replicas_step(network, 1)
