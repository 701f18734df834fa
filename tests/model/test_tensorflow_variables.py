"""Conversion to and from TensorFlow's names, and errors that name every variable that does not fit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model import ModelSpec, Network, load_tf_variables, tf_variables
from nasbench_pytorch.space import named_cell
from tests.helpers.space_cells import ALL_OPERATIONS, specs

RESIDUAL = [[0, 1, 1], [0, 0, 1], [0, 0, 0]]


def small(spec: ModelSpec) -> Network:
    return Network(spec, stem_out_channels=20, num_stacks=2, num_modules_per_stack=1)


@settings(max_examples=20)
@given(specs(valid=True, operations=ALL_OPERATIONS))
def test_a_round_trip_loses_nothing(spec: ModelSpec) -> None:
    one, two = small(spec), small(spec)
    for tensor in one.state_dict().values():
        if tensor.is_floating_point():
            tensor.uniform_(-2, 2)
    load_tf_variables(two, tf_variables(one))
    for name, tensor in one.state_dict().items():
        if tensor.is_floating_point():
            assert torch.equal(tensor, two.state_dict()[name]), name


def layer(scope: str, suffix: str = "") -> list[str]:
    norm = f"{scope}/batch_normalization{suffix}"
    return [
        f"{scope}/conv2d{suffix}/kernel",
        *(f"{norm}/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance")),
    ]


@pytest.mark.parametrize(
    ("operation", "scope", "suffixes"),
    [
        ("conv3x3-bn-relu", "Conv3x3-BN-ReLU", [""]),
        ("conv1x1-bn-relu", "Conv1x1-BN-ReLU", [""]),
        ("maxpool3x3", "", []),
        ("identity", "", []),
        ("bottleneck3x3", "BottleneckConv3x3", ["", "_1", "_2"]),
        ("bottleneck5x5", "BottleneckConv5x5", ["", "_1", "_2"]),
        ("maxpool3x3-conv1x1", "MaxPool3x3-Conv1x1", [""]),
    ],
)
def test_every_operation_has_the_originals_scope(operation: str, scope: str, suffixes: list[str]) -> None:
    network = Network((RESIDUAL, ["input", operation, "output"]), 10, 3, 8, num_stacks=1, num_modules_per_stack=1)
    module = "stack0/module0"
    expected = [
        *layer("stem"),
        *layer(f"{module}/vertex_1/projection"),
        *(name for suffix in suffixes for name in layer(f"{module}/vertex_1/{scope}", suffix)),
        *layer(f"{module}/projection"),
        "dense/kernel",
        "dense/bias",
    ]
    assert list(tf_variables(network)) == expected


def test_bottleneck_kernels_are_those_of_its_three_layers() -> None:
    network = Network((RESIDUAL, ["input", "bottleneck5x5", "output"]), 10, 3, 8, num_stacks=1, num_modules_per_stack=1)
    variables = tf_variables(network)
    scope = "stack0/module0/vertex_1/BottleneckConv5x5"
    shapes = [variables[f"{scope}/conv2d{suffix}/kernel"].shape for suffix in ("", "_1", "_2")]
    assert shapes == [(1, 1, 8, 2), (5, 5, 2, 2), (1, 1, 2, 8)]


def test_the_two_vertex_cell_has_its_projection_under_output() -> None:
    network = Network(([[0, 1], [0, 0]], ["input", "output"]), 10, 3, 8, num_stacks=1, num_modules_per_stack=1)
    assert list(tf_variables(network))[5:10] == layer("stack0/module0/output/projection")


def test_kernels_are_hwio_and_the_dense_kernel_is_in_by_out() -> None:
    network = small(named_cell("resnet20").spec)
    variables = tf_variables(network)
    kernel = network.stem.conv.weight.detach().numpy()
    assert variables["stem/conv2d/kernel"].shape == (3, 3, 3, 20)
    assert variables["stem/conv2d/kernel"][2, 1, 0, 7] == kernel[7, 0, 2, 1]
    assert variables["dense/kernel"][5, 3] == network.classifier.weight[3, 5].item()


def test_the_result_is_a_copy() -> None:
    network = small(named_cell("resnet20").spec)
    before = network.classifier.bias.detach().clone()
    tf_variables(network)["dense/bias"] += 1
    assert torch.equal(network.classifier.bias, before)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_network_keeps_its_dtype(dtype: torch.dtype) -> None:
    network = small(named_cell("resnet20").spec)
    variables = tf_variables(network)
    network = network.to(dtype)
    load_tf_variables(network, variables)
    assert network.stem.conv.weight.dtype == dtype
    returned = tf_variables(network)["stem/conv2d/kernel"]
    assert returned.dtype == (np.float64 if dtype == torch.float64 else np.float32)
    np.testing.assert_allclose(returned, variables["stem/conv2d/kernel"], rtol=0 if dtype == torch.float64 else 1e-2)


def test_every_missing_surplus_and_misshapen_variable_is_named_and_nothing_is_loaded() -> None:
    network = small(named_cell("resnet20").spec)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    variables = {name: array + 1 for name, array in tf_variables(network).items()}
    del variables["dense/bias"], variables["stem/batch_normalization/gamma"]
    variables["dense/bias/RMSProp"] = variables["global_step"] = np.zeros(10)
    variables["stem/conv2d/kernel"] = np.zeros((20, 3, 3, 3))
    variables["dense/kernel"] = np.zeros((10, 40))
    with pytest.raises(InputError) as caught:
        load_tf_variables(network, variables)
    for part in (
        "missing dense/bias;",
        "missing stem/batch_normalization/gamma;",
        "surplus dense/bias/RMSProp;",
        "surplus global_step;",
        "stem/conv2d/kernel has shape [20, 3, 3, 3], expected [3, 3, 3, 20]",
        "dense/kernel has shape [10, 40], expected [40, 10]",
    ):
        assert part in str(caught.value) + ";"
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
