"""Devices and threads of a machine."""

from __future__ import annotations

import pytest
import torch

from nasbench_pytorch.cli.shared.errors import run_reporting_errors
from nasbench_pytorch.devices import resolve_device
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training.recipe import Recipe
from nasbench_pytorch.training.runtime.device import set_threads, sum_dtype


def test_mps_is_taken_where_torch_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert resolve_device("mps") == torch.device("mps")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"unknown device 'mps'; this machine has: auto, cpu"):
        resolve_device("mps")


def test_sums_are_float64_where_the_device_has_it() -> None:
    assert sum_dtype(torch.device("mps")) == torch.float32
    assert sum_dtype(torch.device("cpu")) == sum_dtype(torch.device("cuda")) == torch.float64


@pytest.mark.parametrize(
    "error",
    [
        NotImplementedError("The operator 'aten::x' is not currently implemented for the MPS device."),
        TypeError("Cannot convert a MPS Tensor to float64 dtype as the MPS framework doesn't support float64."),
    ],
)
def test_what_mps_lacks_is_one_line(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise error

    assert run_reporting_errors("nasbench train", fail) == 2
    assert "PYTORCH_ENABLE_MPS_FALLBACK=1" in capsys.readouterr().err


def test_another_error_keeps_its_traceback() -> None:
    def fail() -> None:
        raise RuntimeError("a mistake of ours")

    with pytest.raises(RuntimeError, match="a mistake of ours"):
        run_reporting_errors("nasbench train", fail)


@pytest.mark.parametrize("threads", [0, -1, 2**40])
def test_a_number_of_threads_that_no_machine_has_is_refused(threads: int) -> None:
    before = torch.get_num_threads()
    with pytest.raises(InputError, match="threads must be at least 1"):
        set_threads(threads)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    "values", [{"learning_rate": float("nan")}, {"momentum": float("inf")}, {"pixel_mean": (0.0, float("nan"), 0.0)}]
)
def test_a_recipe_holds_finite_numbers(values: dict[str, float]) -> None:
    with pytest.raises(InputError, match="must be finite"):
        Recipe(**values)  # type: ignore[arg-type]
