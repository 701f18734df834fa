"""`train` and `test` of nasbench-pytorch 1.3.1, used as in code written for that version."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from torch import nn

from nasbench_pytorch.datasets.loaders import legacy_loaders
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model import Network, convert_legacy_state_dict
from nasbench_pytorch.trainer import test as evaluate
from nasbench_pytorch.trainer import train
from nasbench_pytorch.training import PRESETS
from nasbench_pytorch.training.network import build_network
from tests.golden.legacy_inputs import EPOCHS, batches
from tests.helpers.legacy_golden import NAMES, Legacy, legacy, skeleton, spec, worst_error


def network(name: str = "residual") -> tuple[Network, Legacy]:
    golden = legacy(name)
    ours = build_network(spec(name), skeleton(), PRESETS["nasbench-pytorch-1.3"]).double()
    ours.load_state_dict(convert_legacy_state_dict(golden.state, ours))
    return ours, golden


def defaults(function: Any) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    assert all(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in parameters)
    return {parameter.name: parameter.default for parameter in parameters}


def test_the_signatures_are_those_of_1_3_1() -> None:
    required = inspect.Parameter.empty
    assert list(defaults(train).items()) == [
        ("net", required),
        ("train_loader", required),
        ("loss", None),
        ("optimizer", None),
        ("scheduler", None),
        ("grad_clip", 5),
        ("num_epochs", 10),
        ("num_validation", None),
        ("validation_loader", None),
        ("device", None),
        ("print_frequency", 200),
        ("checkpoint_every_k", None),
        ("checkpoint_func", None),
    ]
    assert list(defaults(evaluate).items()) == [
        ("net", required),
        ("test_loader", required),
        ("loss", None),
        ("num_tests", None),
        ("device", None),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_training_and_metrics_are_those_of_1_3_1(name: str) -> None:
    ours, golden = network(name)
    metrics: dict[str, Any] = train(ours, batches(), num_epochs=EPOCHS, validation_loader=batches())
    metrics |= evaluate(ours, batches())
    assert list(metrics) == list(golden.metrics)
    for key, expected in golden.metrics.items():
        # 1.3.1 added up losses in float32.
        assert metrics[key] == pytest.approx(expected, abs=1e-6), key
    assert worst_error(ours, golden) < 1e-9


def test_a_loader_of_prepare_dataset_trains_and_its_validation_is_optional() -> None:
    from nasbench_pytorch.training import load_data

    data = load_data("digits", PRESETS["digits"])
    loaders = legacy_loaders(data, 256, 256, seed=1, set_global_seed=False, validation_as_is=True)
    small = Network(spec("projection_only"), stem_out_channels=4, num_stacks=1, num_modules_per_stack=1)
    metrics = train(small, loaders["train"], num_epochs=1, device="cpu")
    assert metrics["val_loss"] == metrics["val_accuracy"] == []
    result = evaluate(small, loaders["test"], num_tests=loaders["test_size"], device="cpu")
    assert set(result) == {"test_loss", "test_accuracy"}
    assert 0 <= result["test_accuracy"] <= 1


def test_optimizers_come_by_name_or_as_objects_and_schedulers_as_objects() -> None:
    for choice in ("sgd", "RMSprop", "adam"):
        ours, _ = network()
        before = ours.classifier.weight.detach().clone()
        train(ours, batches(), optimizer=choice, num_epochs=1)
        assert not torch.equal(ours.classifier.weight, before)

    ours, _ = network()
    optimizer = torch.optim.SGD(ours.parameters(), lr=0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.1)
    train(ours, batches(), optimizer=optimizer, scheduler=scheduler, num_epochs=2)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.005)

    with pytest.raises(InputError, match="unknown optimizer 'lion'; there are: sgd, rmsprop, adam"):
        train(ours, batches(), optimizer="lion")


def test_gradients_are_clipped_by_default() -> None:
    moved = []
    for clip in (1e-3, None):
        ours, _ = network()
        before = nn.utils.parameters_to_vector(ours.parameters()).detach()
        train(ours, batches()[:1], optimizer=torch.optim.SGD(ours.parameters(), lr=1.0), grad_clip=clip, num_epochs=1)
        moved.append((nn.utils.parameters_to_vector(ours.parameters()) - before).norm().item())
    assert moved[0] == pytest.approx(1e-3, rel=1e-3)
    assert moved[1] > 1


def test_a_checkpoint_follows_every_k_epochs_and_sees_their_metrics() -> None:
    ours, _ = network()
    seen: list[tuple[bool, int, int]] = []
    metrics = train(
        ours,
        batches(),
        num_epochs=5,
        checkpoint_every_k=2,
        checkpoint_func=lambda net, so_far, epoch: seen.append((net is ours, len(so_far["train_loss"]), epoch)),
    )
    assert seen == [(True, 2, 2), (True, 4, 4)]
    assert len(metrics["train_loss"]) == 5
    with pytest.raises(InputError, match="belong together"):
        train(ours, batches(), checkpoint_every_k=2)


def test_the_given_loss_and_number_of_images_are_used() -> None:
    ours, _ = network()
    result = evaluate(ours, batches(), loss=lambda logits, labels: logits.sum() * 0 + 3, num_tests=28)
    plain = evaluate(ours, batches())
    assert result["test_loss"] == 3
    assert result["test_accuracy"] == plain["test_accuracy"] / 2


def test_a_line_is_printed_every_print_frequency_batches(capsys: pytest.CaptureFixture[str]) -> None:
    ours, _ = network()
    train(ours, batches(), num_epochs=2, print_frequency=2)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        f"epoch {epoch}/2, batch {batch}/3" for epoch in (1, 2) for batch in (1, 3)
    ]


def test_a_loader_without_batches_is_refused() -> None:
    ours, _ = network()
    for call in (train, evaluate):
        with pytest.raises(InputError, match="gives no batches"):
            call(ours, [])
