"""Content of a throughput measurement; no test depends on the speed itself."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.nn import functional as F  # noqa: N812 - torch's own custom
from torch.profiler import record_function

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import Skeleton, count_flops, count_parameters, named_cell
from nasbench_pytorch.training import Recipe, measure_throughput
from nasbench_pytorch.training.throughput.matmul_limit import MatmulLimit
from nasbench_pytorch.training.throughput.profiling import INPUT_REGION, KINDS, profile_steps, seconds_by_kind
from nasbench_pytorch.training.throughput.workload import Workload

CPU = torch.device("cpu")
TINY = Skeleton(stem_out_channels=8, num_stacks=1, num_modules_per_stack=1)
SMALL_BATCH = Recipe(batch_size=4, evaluation_batch_size=4)


def profile_of(name: str) -> dict[str, float]:
    return profile_steps(Workload(named_cell(name).spec, TINY, SMALL_BATCH, CPU).train, CPU)


def test_the_numbers_fit_together() -> None:
    spec = named_cell("inception").spec
    found = measure_throughput(spec, SMALL_BATCH, skeleton=TINY, device="cpu", repeats=3, repeat_s=0.01)
    forward = count_flops(spec, TINY)
    for rate, flops in ((found.training, 3 * forward), (found.evaluation, forward)):
        assert len(rate.repeats) == 3
        assert rate.images_per_s == statistics.median(rate.repeats) > 0
        assert rate.flops_per_image == flops
        assert rate.share_of_limit == pytest.approx(rate.images_per_s * flops / found.matmul_limit_flops_per_s)
    assert found.trainable_parameters == count_parameters(spec, TINY)
    assert list(found.profile_s) == list(KINDS)
    assert found.environment["precision"] == "float32"
    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()


def test_a_profile_shows_the_operations_of_a_network() -> None:
    without_pools = profile_of("resnet20")
    assert without_pools["pooling"] == 0
    assert all(seconds > 0 for kind, seconds in without_pools.items() if kind != "pooling")
    assert all(seconds > 0 for seconds in profile_of("smallest").values())


def test_events_within_a_marked_operation_have_its_kind() -> None:
    images, kernel = torch.rand(2, 3, 8, 8), torch.rand(4, 3, 3, 3)

    def step() -> None:
        with record_function(INPUT_REGION):
            F.conv2d(images, kernel).relu()
        F.max_pool2d(images, 2)

    found = profile_steps(step, CPU, steps=2)
    assert {kind for kind, seconds in found.items() if seconds > 0} == {"input", "pooling", "between operations"}


@dataclass(frozen=True)
class FakeEvent:
    """An event of torch's profiler; its times are in microseconds."""

    name: str
    self_device_time_total: float = 0.0
    cpu_children: tuple[FakeEvent, ...] = ()
    cpu_parent: Any = None
    where: str = "CPU"

    @property
    def device_type(self) -> SimpleNamespace:
        return SimpleNamespace(name=self.where)


def test_on_a_gpu_the_backward_pass_counts_though_it_runs_in_another_thread() -> None:
    inner = FakeEvent("aten::convolution_backward", 3e6)
    events = [
        FakeEvent("nasbench_pytorch.step", cpu_children=(FakeEvent("aten::conv2d", 1e6), FakeEvent("aten::relu", 5e6))),
        FakeEvent("autograd::engine::evaluate_function: ConvolutionBackward0", cpu_children=(inner,)),
        replace(inner, cpu_parent="its function, through which it is counted"),
        FakeEvent("a kernel", 4e6, where="CUDA"),
    ]
    found = seconds_by_kind(events, torch.device("cuda"))
    assert {kind: seconds for kind, seconds in found.items() if seconds} == {"convolution": 4.0, "elementwise": 5.0}


def test_a_product_counts_two_operations_for_each_multiplication(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = MatmulLimit("bfloat16", CPU, size=32)
    ticks = iter([10.0, 10.5])
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))
    assert limit.measure() == 2 * 32**3 / 0.5


def test_a_batch_that_does_not_fit_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def train(_: Workload) -> int:
        raise RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(Workload, "train", train)
    with pytest.raises(InputError, match="a batch of 4 images does not fit into the memory of cpu; choose a smaller"):
        measure_throughput(named_cell("resnet20").spec, SMALL_BATCH, skeleton=TINY, device="cpu")


def test_other_errors_are_not_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    def train(_: Workload) -> int:
        raise RuntimeError("something else")

    monkeypatch.setattr(Workload, "train", train)
    with pytest.raises(RuntimeError, match="something else"):
        measure_throughput(named_cell("resnet20").spec, SMALL_BATCH, skeleton=TINY, device="cpu")


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_gpu_device_time_is_measured() -> None:
    found = measure_throughput(named_cell("inception").spec, SMALL_BATCH, skeleton=TINY, device="cuda", repeat_s=0.01)
    assert found.environment["precision"] == "tf32"
    assert found.profile_s["convolution"] > 0
    assert found.profile_s["between operations"] == 0
    assert found.peak_memory_bytes
