"""What holds for every proxy: invariances, nothing left behind, a user's own, refusals."""

from __future__ import annotations

import copy
import itertools
import math
import warnings

import pytest
import torch
from torch import Tensor, nn

from nasbench_pytorch.datasets import ImageSet
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model import Network, register_operation
from nasbench_pytorch.model.operations import OPERATIONS
from nasbench_pytorch.proxies import PRESETS, PROXIES, Batch, draw_batch, register_proxy, score_network
from nasbench_pytorch.space import OPERATION_COSTS, ModelSpec
from tests.helpers.model_networks import CELL
from tests.proxies.conftest import tiny_network

EVERY = list(PROXIES)


def test_nothing_is_left_behind(network: Network, batch: Batch) -> None:
    network.eval()
    network.classifier.requires_grad_(False)
    network.stem.conv.weight.grad = torch.ones_like(network.stem.conv.weight)
    before = copy.deepcopy(network.state_dict())
    images, random = batch.images.clone(), torch.get_rng_state()
    with torch.no_grad():
        first = score_network(network, batch, EVERY)
    assert torch.equal(torch.get_rng_state(), random)
    assert torch.equal(batch.images, images) and batch.images.grad is None
    after = network.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert not any(module.training for module in network.modules())
    assert not any(vars(module)[name] for module in network.modules() for name in vars(module) if "_hooks" in name)
    assert not any("forward" in vars(module) for module in network.modules())
    assert not network.classifier.weight.requires_grad and network.classifier.weight.grad is None
    assert torch.equal(network.stem.conv.weight.grad, torch.ones_like(network.stem.conv.weight))
    torch.rand(5)
    assert score_network(network, batch, EVERY) == first


def test_the_fast_network_has_the_plain_ones_values(network: Network, batch: Batch) -> None:
    plain = score_network(network, batch, EVERY)
    assert score_network(network.fast_(), batch, EVERY) == pytest.approx(plain, rel=1e-6)


def test_one_at_a_time_gives_the_values_of_the_shared_pass(network: Network, batch: Batch) -> None:
    together = score_network(network, batch, EVERY)
    assert {name: score_network(network, batch, name)[name] for name in EVERY} == pytest.approx(together, rel=1e-12)


def test_the_order_of_the_images_changes_nothing(network: Network, batch: Batch) -> None:
    names = [name for name in EVERY if name not in ("zico", "swap")]  # these look at parts of the batch
    order = torch.randperm(len(batch), generator=torch.Generator().manual_seed(0))
    shuffled = Batch(batch.images[order], batch.labels[order], batch.seed)
    assert score_network(network, shuffled, names) == pytest.approx(score_network(network, batch, names), rel=1e-6)


def test_proxies_without_images_see_only_the_size_of_the_batch(network: Network, batch: Batch) -> None:
    names = [name for name in EVERY if not PROXIES[name].uses_images]
    assert {"synflow", "zen", "l2_norm", "meco", "params"} < set(names)
    blank = Batch(torch.zeros_like(batch.images), batch.labels, batch.seed)
    assert score_network(network, blank, names) == score_network(network, batch, names)


def test_the_scale_in_front_of_a_batch_norm_changes_no_activation(batch: Batch) -> None:
    names = ["snip", "plain", "fisher", "jacov", "epe_nas", "nwot", "swap", "zen", "meco"]
    network = tiny_network(eps=1e-14)
    before = score_network(network, batch, names)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.weight.data *= 3.0
    assert score_network(network, batch, names) == pytest.approx(before, rel=1e-5)
    assert score_network(network, batch, "synflow")["synflow"] > 0


def test_isomorphic_cells_with_the_same_weights_have_the_same_values(batch: Batch) -> None:
    ops = ["input", "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3", "output"]
    matrix = [[0, 1, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 0]]
    swapped = [ops[0], ops[2], ops[1], *ops[3:]]  # vertices 1 and 2 are parallel
    networks = [
        Network(ModelSpec(matrix, names), stem_out_channels=8, num_stacks=2, num_modules_per_stack=1).double()
        for names in (ops, swapped)
    ]
    renamed = {"vertex_1": "vertex_2", "vertex_2": "vertex_1"}
    networks[1].load_state_dict(
        {
            ".".join(renamed.get(part, part) for part in key.split(".")): value
            for key, value in networks[0].state_dict().items()
        }
    )
    # zen draws weights of its own, in the order of the layers.
    names = [name for name in EVERY if name != "zen"]
    values = [score_network(network, batch, names) for network in networks]
    assert values[0] == pytest.approx(values[1], rel=1e-6)


def test_a_users_operation_is_scored(batch: Batch) -> None:
    class Scaled(nn.Module):
        def __init__(self, channels: int) -> None:
            super().__init__()
            self.inner = nn.Sequential(
                nn.Conv2d(channels, channels, 3, padding=1, groups=2), nn.Dropout(0.5), nn.PReLU()
            )

        def forward(self, images: Tensor) -> Tensor:
            result: Tensor = self.inner(images)
            return result

    register_operation("scaled", lambda channels, _: Scaled(channels), lambda channels: channels, lambda c, pixels: c)
    try:
        spec = ModelSpec([[0, 1, 0], [0, 0, 1], [0, 0, 0]], ["input", "scaled", "output"])
        network = Network(spec, stem_out_channels=8, num_stacks=2, num_modules_per_stack=1)
        values = score_network(network, batch, EVERY)
        assert all(map(math.isfinite, values.values()))
        assert score_network(network, batch, EVERY) == values
    finally:
        del OPERATIONS["scaled"], OPERATION_COSTS["scaled"]


def test_a_users_proxy_is_a_function_of_a_network_and_a_batch(network: Network, batch: Batch) -> None:
    def spread(copied: nn.Module, given: Batch) -> float:
        assert copied is not network and copied.training
        for parameter in copied.parameters():
            parameter.data.zero_()  # it may do what it likes with its copy
        return float(len(given))

    values = score_network(network, batch, {"spread": spread, "l2_norm": PROXIES["l2_norm"]})
    assert values["spread"] == 12
    assert values["l2_norm"] > 0
    register_proxy("spread", spread)
    try:
        assert score_network(network, batch, ["spread"]) == {"spread": 12}
        with pytest.raises(InputError, match="a proxy 'spread' exists already"):
            register_proxy("spread", spread)
    finally:
        del PROXIES["spread"]
    with pytest.raises(InputError, match="letters, digits and underscores"):
        register_proxy("my proxy", spread)


def test_any_torch_network_is_scored(batch: Batch) -> None:
    other = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 14 * 14, 10))
    names = [name for name in EVERY if PROXIES[name].of_cell is None and name != "zen"]
    assert all(map(math.isfinite, score_network(other.double(), batch, names).values()))
    with pytest.raises(InputError, match="zen needs the features"):
        score_network(other, batch, "zen")
    with pytest.raises(InputError, match="params is computed from the cell"):
        score_network(other, batch, "params")
    with pytest.raises(InputError, match="no parameters"):
        score_network(nn.ReLU(), batch, "nwot")


def test_values_that_are_not_finite_are_kept(network: Network, batch: Batch) -> None:
    network.stem.conv.weight.data.fill_(math.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = score_network(network, batch, ["grad_norm", "jacov", "epe_nas", "synflow", "zico", "params", "zen"])
    assert not any(math.isfinite(values[name]) for name in ("grad_norm", "jacov", "epe_nas", "synflow", "zico"))
    assert math.isfinite(values["params"]) and math.isfinite(values["zen"])


def test_bad_input_is_named(network: Network, batch: Batch) -> None:
    with pytest.raises(InputError, match=r"unknown proxy 'synflo'; there are: params, .*; did you mean synflow"):
        score_network(network, batch, ["synflo"])
    with pytest.raises(InputError, match="no proxy was named"):
        score_network(network, batch, [])
    with pytest.raises(InputError, match="zico needs a batch of at least 2 images, got 1"):
        score_network(network, batch.part(0, 1), ["zico"])
    with pytest.raises(InputError, match="epe_nas compares images of the same class"):
        score_network(network, batch.part(0, 5), ["epe_nas"])  # one of each class
    with pytest.raises(InputError, match="as many labels"):
        Batch(batch.images, batch.labels[:3])


def test_proxies_of_the_loss_need_a_logit_for_each_label(batch: Batch) -> None:
    assert (PRESETS["naswot"].skeleton.num_labels, PRESETS["naswot"].skeleton.stem_out_channels) == (1, 16)
    network = Network(CELL, num_labels=1, stem_out_channels=16, num_stacks=1, num_modules_per_stack=1).double()
    taken = ["nwot", "swap", "jacov", "epe_nas", "zen", "synflow", "l2_norm", "meco", "conv3x3"]
    assert all(map(math.isfinite, score_network(network, batch, taken).values()))
    for name in ("grad_norm", "snip", "plain", "fisher", "zico", "grasp"):
        with pytest.raises(
            InputError, match=r"labels up to 4, and the network has 1 logits; build it with num_labels=5"
        ):
            score_network(network, batch, name)


def test_batches_are_drawn_by_their_seed() -> None:
    pixels = torch.arange(20 * 3 * 4 * 4, dtype=torch.int32).remainder(256).to(torch.uint8).view(20, 3, 4, 4)
    images = ImageSet(pixels, torch.arange(20))
    batches = [draw_batch(images, 6, seed) for seed in (0, 0, 1)]
    assert torch.equal(batches[0].images, batches[1].images)
    assert not torch.equal(batches[0].labels, batches[2].labels)
    assert all(len(drawn.labels.unique()) == 6 for drawn in batches)
    for (size, seed), message in zip(itertools.product((21, 0), (0,)), ("got 21", "got 0"), strict=True):
        with pytest.raises(InputError, match=message):
            draw_batch(images, size, seed)
    with pytest.raises(InputError, match="seed of a batch"):
        draw_batch(images, 2, -1)
