"""A network in other people's hands: hooked, rewired, transformed and traced as any torch module can be."""

from __future__ import annotations

import copy
import json
import types
import warnings

import pytest
import torch
import torch.nn.utils.prune
from torch import Tensor, nn
from torch.func import functional_call, jacrev, vmap

from nasbench_pytorch.model import Network
from nasbench_pytorch.model.base_ops import OP_MAP, ConvBnRelu
from nasbench_pytorch.model.model import Cell, projection, truncate
from nasbench_pytorch.model.module import Vertex
from nasbench_pytorch.space import NAMED_CELLS
from tests.golden.goldens import HERE
from tests.golden.legacy_inputs import CELLS, SKELETON
from tests.golden.published_proxies import PROXIES, inputs, measure
from tests.helpers.legacy_golden import legacy, spec
from tests.helpers.model_networks import build, images

GOLDEN = json.loads((HERE / "legacy_proxies.json").read_text())


@pytest.mark.filterwarnings("ignore:these weights are from nasbench-pytorch 1.3.1")
@pytest.mark.parametrize("fused", [False, True], ids=["plain", "fused"])
@pytest.mark.parametrize("name", CELLS)
def test_published_proxies_have_the_values_of_1_3_1(name: str, fused: bool) -> None:
    network = Network(spec(name), **SKELETON, fuse_projections=fused).double()
    network.load_state_dict(legacy(name).state)
    values = measure(network, *inputs())
    assert list(values) == list(PROXIES)
    for proxy, value in values.items():
        assert value == pytest.approx(GOLDEN[name][proxy], rel=1e-5), proxy


def test_weights_of_1_3_1_are_converted_with_a_warning() -> None:
    network = Network(spec("residual"), **SKELETON).double()
    with pytest.warns(UserWarning, match="from nasbench-pytorch 1.3.1 and were converted"):
        network.load_state_dict(legacy("residual").state)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network.load_state_dict(network.state_dict())


@pytest.mark.parametrize("name", ["inception", "best", "inception-resnet"])
def test_every_layer_gets_and_returns_contiguous_tensors(name: str) -> None:
    network = Network(NAMED_CELLS[name].spec, stem_out_channels=10, num_stacks=2, num_modules_per_stack=1)
    called: set[nn.Module] = set()

    def look(layer: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
        called.add(layer)
        given[0].view(len(given[0]), -1)
        output.view(len(output), -1)

    leaves = {layer for layer in network.modules() if not list(layer.children()) and not isinstance(layer, Vertex)}
    for layer in leaves:
        layer.register_forward_hook(look)
    network(images())
    assert called == leaves


def test_no_layer_overwrites_what_another_returned() -> None:
    network = build()
    kept: list[tuple[Tensor, Tensor]] = []
    for layer in network.modules():
        if not list(layer.children()):
            layer.register_forward_hook(lambda _, __, output: kept.append((output, output.clone())))
    network(images())
    assert kept
    assert all(torch.equal(output, copied) for output, copied in kept)


@pytest.mark.parametrize("fast", [False, True])
def test_a_replaced_forward_is_called_everywhere(fast: bool) -> None:
    network = build().fast_(fast)
    calls: list[nn.Module] = []

    def forward(self: nn.Conv2d, x: Tensor) -> Tensor:
        calls.append(self)
        return nn.Conv2d.forward(self, x)

    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    for layer in convolutions:
        layer.forward = types.MethodType(forward, layer)  # type: ignore[method-assign]
    network(images())
    assert set(calls) == set(convolutions)


@pytest.mark.parametrize("fast", [False, True])
def test_batch_norms_that_track_nothing_write_nothing(fast: bool) -> None:
    network = build().fast_(fast).train()
    norms = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.track_running_stats = False
    before = copy.deepcopy(network.state_dict())
    network(images())
    assert all(torch.equal(before[key], tensor) for key, tensor in network.state_dict().items())


@pytest.mark.parametrize("fast", [False, True])
def test_pruned_and_parametrised_layers_are_used(fast: bool) -> None:
    network = build().fast_(fast)
    before = network(images())
    projections = [network.get_submodule(f"stack0.module0.vertex_{vertex}.projection.conv") for vertex in (1, 2)]
    nn.utils.prune.l1_unstructured(projections[0], "weight", amount=0.9)
    pruned = network(images())
    assert not torch.equal(before, pruned)
    nn.utils.parametrizations.weight_norm(projections[1])
    assert torch.allclose(network(images()), pruned, atol=1e-5)


def test_full_backward_hooks_fire_on_every_activation() -> None:
    network = build().train()
    seen: set[nn.Module] = set()
    activations = {layer for layer in network.modules() if isinstance(layer, nn.ReLU)}
    for layer in activations:
        layer.register_full_backward_hook(lambda module, *_: seen.add(module))
    network(images()).sum().backward()
    assert seen == activations


def test_function_transforms_give_the_gradient_of_each_image() -> None:
    network, pictures = build(torch.float64), images(torch.float64, 3)
    parameters = {name: parameter.detach() for name, parameter in network.named_parameters()}

    def loss(parameters: dict[str, Tensor], picture: Tensor) -> Tensor:
        logits: Tensor = functional_call(network, parameters, (picture[None],))
        return logits.square().sum()

    by_image = vmap(jacrev(loss), in_dims=(None, 0))(parameters, pictures)
    network.zero_grad()
    network(pictures).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None
        assert torch.allclose(by_image[name].sum(dim=0), parameter.grad), name


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_torch_fx_and_torchscript_compute_the_same() -> None:
    network, pictures = build(), images()
    expected = network(pictures)
    assert torch.equal(torch.fx.symbolic_trace(network)(pictures), expected)
    scripted = torch.jit.script(network)
    assert torch.allclose(scripted(pictures), expected)
    assert torch.equal(network(pictures), expected)


def test_layers_run_one_after_the_other_as_in_1_3_1() -> None:
    network, pictures = build(), images()
    activation = pictures
    for layer in network.layers:
        activation = layer(activation)
    assert torch.equal(activation, network.features(pictures)[-1])
    assert torch.equal(network.classifier(activation.mean((2, 3))), network(pictures))
    assert network.layers[-1] is network.stack(1)["module0"]
    assert [type(layer).__name__ for layer in network.layers] == ["ConvBnRelu", "Cell", "MaxPool2d", "Cell"]
    assert network.cell_indices == {1, 3}
    assert all(isinstance(network.layers[index], Cell) for index in network.cell_indices)
    assert network.layers[:2] == [network.stem, network.stack(0)["module0"]]


def test_a_layer_can_be_replaced_through_the_list() -> None:
    network = build()
    network.layers[0] = nn.Conv2d(3, 10, 3, padding=1)
    network.layers[-1] = nn.Conv2d(10, 20, 1)
    assert isinstance(network.stem, nn.Conv2d)
    assert isinstance(network.stack(1)["module0"], nn.Conv2d)
    assert network(images()).shape == (4, 10)


def test_a_cell_has_the_attributes_of_1_3_1() -> None:
    cell = build().layers[1]
    assert isinstance(cell, Cell)
    assert [type(layer).__name__ for layer in cell.vertex_op] == [
        "Identity", "Conv3x3BnRelu", "MaxPool3x3", "Conv1x1BnRelu",
    ]  # fmt: skip
    assert [type(layer).__name__ for layer in cell.input_op] == [
        "Identity", "ConvBnRelu", "ConvBnRelu", "Identity", "ConvBnRelu",
    ]  # fmt: skip
    assert cell.last_inop is cell.input_op[-1]
    assert (cell.num_vertices, cell.vertex_channels) == (5, [10, 4, 3, 3, 10])
    assert isinstance(cell.vertex_op[1], ConvBnRelu)
    assert [type(layer) for layer in cell.vertex_op[1].conv_bn_relu] == [nn.Conv2d, nn.BatchNorm2d, nn.ReLU]


def test_layers_of_1_3_1_are_built_with_its_arguments() -> None:
    pictures = images()
    for make in OP_MAP.values():
        assert make(3, 3)(pictures).shape == pictures.shape
    assert projection(3, 5, momentum=0.2)(pictures).shape == (4, 5, 16, 16)
    assert truncate(pictures, 2).shape == (4, 2, 16, 16)
    with pytest.raises(ValueError, match="cannot keep 4 channels of 3"):
        truncate(pictures, 4)


def test_fast_modes_can_be_switched_on_and_off() -> None:
    network, pictures = build(torch.float64), images(torch.float64)
    expected = network(pictures)
    assert network.fast_() is network
    assert torch.allclose(network(pictures), expected)
    assert network.stem.conv.weight.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(network.plain_()(pictures), expected)
    assert network.stem.conv.weight.is_contiguous()
    assert not any(layer.inplace for layer in network.modules() if isinstance(layer, nn.ReLU))
