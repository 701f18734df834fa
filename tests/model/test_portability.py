"""A network gives the same outputs in other dtypes and layouts, as a copy or pickle, exported and compiled."""

from __future__ import annotations

import copy
import pickle
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from nasbench_pytorch.model import Network
from nasbench_pytorch.space import named_cell
from tests.helpers.model_networks import CELL, build, gradients, images


def assert_same(ours: nn.Module, plain: Network, *, rtol: float = 1e-4, atol: float = 1e-5) -> None:
    """Compare outputs in evaluation mode, then gradients and running statistics in training mode."""
    torch.testing.assert_close(ours.eval()(images()), plain.eval()(images()), rtol=rtol, atol=atol)
    got, expected = gradients(ours, images()), gradients(plain, images())
    for mine, reference in zip(got, expected, strict=True):
        torch.testing.assert_close(mine, reference, rtol=1e-3, atol=1e-3 * reference.abs().max().item())
    for mine, reference in zip(ours.buffers(), plain.buffers(), strict=True):
        torch.testing.assert_close(mine, reference, rtol=rtol, atol=atol)


@pytest.mark.parametrize(
    "travel",
    [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n)), copy.copy],
    ids=["deepcopy", "pickle", "copy"],
)
def test_a_copy_computes_the_same(travel: Callable[[Network], Network]) -> None:
    network = build()
    twin = travel(network)
    assert twin.spec == network.spec
    assert twin.skeleton == network.skeleton
    assert torch.equal(twin(images()), network(images()))


def test_a_deep_copy_shares_no_tensor() -> None:
    network = build()
    twin = copy.deepcopy(network)
    assert not {t.data_ptr() for t in twin.state_dict().values()} & {
        t.data_ptr() for t in network.state_dict().values()
    }
    assert_same(twin, network, rtol=0, atol=0)


def test_a_state_dict_survives_a_weights_only_file(tmp_path: Path) -> None:
    network, other = build(), Network(CELL, stem_out_channels=10, num_stacks=2, num_modules_per_stack=1).eval()
    torch.save(network.state_dict(), tmp_path / "weights.pt")
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    assert torch.equal(other(images()), network(images()))


def test_channels_last_computes_the_same() -> None:
    plain, ours = build(), build()
    ours.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's stub lacks it
    pictures = images().to(memory_format=torch.channels_last)
    torch.testing.assert_close(ours(pictures), plain(images()), rtol=1e-4, atol=1e-5)
    assert_same(ours, plain)
    kernel = ours.get_parameter("stack0.module0.vertex_1.operation.conv.weight")
    assert kernel.is_contiguous(memory_format=torch.channels_last)


def test_float64_computes_the_same_more_exactly() -> None:
    outputs = build(torch.float64)(images(torch.float64))
    assert outputs.dtype == torch.float64
    torch.testing.assert_close(outputs.float(), build()(images()), rtol=1e-4, atol=1e-5)


def test_bfloat16_autocast_computes_nearly_the_same_and_classifies_in_float32() -> None:
    network = build()
    seen: list[torch.dtype] = []
    network.stem.conv.register_forward_hook(lambda module, inputs, output: seen.append(output.dtype))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        outputs = network(images())
    assert seen == [torch.bfloat16]
    assert outputs.dtype == torch.float32
    plain = network(images())
    assert (outputs - plain).norm() < 0.03 * plain.norm()
    network.train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = network(images()).square().sum()
    loss.backward()
    assert all(p.grad is not None and p.grad.dtype == torch.float32 for p in network.parameters())


def test_a_bfloat16_network_computes_nearly_the_same() -> None:
    outputs, plain = build(torch.bfloat16)(images(torch.bfloat16)), build()(images())
    assert outputs.dtype == torch.bfloat16
    assert (outputs.float() - plain).norm() < 0.05 * plain.norm()


def test_the_meta_device_gives_shapes_without_memory() -> None:
    with torch.device("meta"):
        network = Network(named_cell("largest").spec)
    assert all(t.is_meta for t in network.state_dict().values())
    assert network.train()(torch.empty(256, 3, 32, 32, device="meta")).shape == (256, 10)


def test_a_meta_network_can_be_given_memory_and_weights() -> None:
    with torch.device("meta"):
        network = Network(CELL, stem_out_channels=10, num_stacks=2, num_modules_per_stack=1)
    network.to_empty(device="cpu").load_state_dict(build().state_dict())
    assert torch.equal(network.eval()(images()), build()(images()))


def test_torch_export_computes_the_same_for_any_batch() -> None:
    network = build()
    batch = torch.export.Dim("batch", min=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exported = torch.export.export(network, (images(),), dynamic_shapes={"images": {0: batch}})
    for size in (4, 7):
        torch.testing.assert_close(exported.module()(images(batch=size)), network(images(batch=size)))


needs_a_compiler = pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler")


@pytest.mark.slow
@needs_a_compiler
def test_torch_compile_computes_the_same() -> None:
    network = build()
    compiled: Any = torch.compile(copy.deepcopy(network), fullgraph=True)
    assert_same(compiled, network)


def test_torch_compile_captures_one_graph_and_computes_the_same() -> None:
    """Capture, forward and backward without the code generator, the only part that needs a compiler."""
    network = build()
    compiled: Any = torch.compile(copy.deepcopy(network), backend="aot_eager", fullgraph=True)
    assert_same(compiled, network)
