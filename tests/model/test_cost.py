"""Parameters and FLOPs counted from the spec agree with counts on built networks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model import OPERATIONS, BatchNormSettings, ModelSpec, Network, register_operation, tf_variables
from nasbench_pytorch.space import OPERATION_COSTS, Skeleton, count_flops, count_parameters
from tests.helpers.space_cells import ALL_OPERATIONS, specs


def build(spec: ModelSpec, skeleton: Skeleton) -> Network:
    with torch.device("meta"):
        return Network(
            spec,
            num_labels=skeleton.num_labels,
            in_channels=skeleton.in_channels,
            stem_out_channels=skeleton.stem_out_channels,
            num_stacks=skeleton.num_stacks,
            num_modules_per_stack=skeleton.num_modules_per_stack,
        )


def flops_of(network: Network, skeleton: Skeleton, image_size: int) -> int:
    """Count the FLOPs of convolutions and the dense layer with torch while the network runs on one image."""
    image = torch.empty(1, skeleton.in_channels, image_size, image_size, device="meta")
    with FlopCounterMode(display=False) as counter:
        network.eval()(image)
    return int(counter.get_total_flops())


skeletons = st.builds(
    Skeleton,
    num_labels=st.integers(1, 12),
    in_channels=st.integers(1, 4),
    stem_out_channels=st.integers(20, 40),  # the narrowest vertex, a fifth of it, still holds a bottleneck
    num_stacks=st.integers(1, 3),
    num_modules_per_stack=st.integers(1, 2),
)


@settings(max_examples=25)
@given(specs(valid=True, operations=ALL_OPERATIONS), skeletons, st.integers(4, 33))
def test_parameters_and_flops_are_those_of_the_built_network(
    spec: ModelSpec, skeleton: Skeleton, image_size: int
) -> None:
    network = build(spec, skeleton)
    assert count_parameters(spec, skeleton) == sum(p.numel() for p in network.parameters())
    assert count_flops(spec, skeleton, image_size) == flops_of(network, skeleton, image_size)


@pytest.fixture
def dilated() -> Iterator[str]:
    """Register an operation that the package does not have."""

    def build_dilated(channels: int, batch_norm: BatchNormSettings) -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=2, dilation=2, bias=False), batch_norm.build(channels), nn.ReLU()
        )

    name = "dilated3x3"
    register_operation(
        name,
        build_dilated,
        parameters=lambda channels: 9 * channels**2 + 2 * channels,
        flops=lambda channels, pixels: 2 * 9 * channels**2 * pixels,
    )
    yield name
    del OPERATIONS[name], OPERATION_COSTS[name]


def test_a_registered_operation_is_built_counted_and_trained(dilated: str) -> None:
    spec = ModelSpec([[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["input", dilated, "output"])
    skeleton = Skeleton(stem_out_channels=8, num_modules_per_stack=1)
    network = build(spec, skeleton)
    assert count_parameters(spec, skeleton) == sum(p.numel() for p in network.parameters())
    assert count_flops(spec, skeleton) == flops_of(network, skeleton, 32)
    real = Network(spec, stem_out_channels=8, num_modules_per_stack=1)
    real(torch.randn(2, 3, 8, 8)).sum().backward()
    assert all(p.grad is not None for p in real.parameters())
    with pytest.raises(InputError, match="no names for these parameters of a registered operation"):
        tf_variables(real)


def test_a_taken_name_is_refused_and_nothing_is_overwritten() -> None:
    before = OPERATIONS["maxpool3x3"]
    for name in ("maxpool3x3", "input", "output"):
        with pytest.raises(InputError, match=f"operation '{name}' exists already; choose another name"):
            register_operation(name, lambda c, b: nn.Identity(), lambda c: 0, lambda c, p: 0)
    assert OPERATIONS["maxpool3x3"] is before
    assert "input" not in OPERATIONS


def test_both_registries_have_the_same_operations() -> None:
    assert list(OPERATIONS) == list(OPERATION_COSTS)
    assert len(OPERATIONS) == 7
