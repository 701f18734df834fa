"""`train` and `test` of nasbench-pytorch 1.3.1, for code written against that version.

They follow 1.3.1's procedure: one learning rate per epoch, clipped gradients, and the batches of any loader. New code
should use `nasbench_pytorch.training`, whose default is the procedure of NAS-Bench-101.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import nn

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.legacy.epoch import Batches, Loss, train_epoch
from nasbench_pytorch.legacy.epoch import evaluate as evaluate_loader
from nasbench_pytorch.suggestions import did_you_mean
from nasbench_pytorch.training.recipe import PRESETS, OptimizerName

Metrics: TypeAlias = dict[str, list[float]]
"""train_loss, train_accuracy, val_loss and val_accuracy, one number per epoch."""

_OPTIMIZERS: tuple[OptimizerName, ...] = ("sgd", "rmsprop", "adam")


def train(  # noqa: PLR0913 - signature of 1.3.1
    net: nn.Module,
    train_loader: Batches,
    loss: Loss | None = None,
    optimizer: torch.optim.Optimizer | str | None = None,
    scheduler: Any = None,
    grad_clip: float | None = 5,
    num_epochs: int = 10,
    num_validation: int | None = None,
    validation_loader: Batches | None = None,
    device: torch.device | str | None = None,
    print_frequency: int = 200,
    checkpoint_every_k: int | None = None,
    checkpoint_func: Callable[[nn.Module, Metrics, int], object] | None = None,
) -> Metrics:
    """Train `net` in place and print its progress.

    Args:
        net: any network that returns logits.
        train_loader: training batches; an epoch is one pass over it.
        loss: loss function; cross-entropy if None.
        optimizer: an optimiser over the network's parameters, or `"rmsprop"` (also if None), `"sgd"` or `"adam"`, with
            1.3.1's settings (`legacy_optimizer`).
        scheduler: an object with `step()`, which is called after every epoch; a cosine over the epochs if None.
        grad_clip: largest norm of the gradient, or None.
        num_epochs: passes over the training images.
        num_validation: divisor of the number of correctly classified validation images; their number if None.
        validation_loader: validation batches, evaluated after every epoch.
        device: device to train on; the network's device if None.
        print_frequency: batches between two lines of output.
        checkpoint_every_k: epochs between two calls of `checkpoint_func`.
        checkpoint_func: function of the network, the metrics and the number of finished epochs. It is called after the
            last of these epochs (in 1.3.1 before it).

    Returns:
        train_loss and train_accuracy, means over each epoch's batches and images during training, and val_loss and
        val_accuracy, empty without a `validation_loader`; one number per epoch.

    Raises:
        InputError: an unknown optimiser, a loader without batches, or only one of the two checkpoint arguments.
    """
    if checkpoint_every_k is not None and (checkpoint_func is None or checkpoint_every_k < 1):
        raise InputError(
            "checkpoint_every_k, at least 1, and checkpoint_func(net, metrics, epoch) belong together; "
            f"got {checkpoint_every_k} and {checkpoint_func}"
        )
    net.to(device)
    criterion = loss or nn.CrossEntropyLoss()
    if optimizer is None or isinstance(optimizer, str):
        optimizer = legacy_optimizer(optimizer or "rmsprop", net)
    scheduler = scheduler or torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, num_epochs)
    metrics: Metrics = {"train_loss": [], "train_accuracy": [], "val_loss": [], "val_accuracy": []}
    for epoch in range(num_epochs):
        heading = f"epoch {epoch + 1}/{num_epochs}"
        tally = train_epoch(net, train_loader, criterion, optimizer, grad_clip, device, print_frequency, heading)
        metrics["train_loss"].append(tally.loss)
        metrics["train_accuracy"].append(tally.accuracy)
        if validation_loader is not None:
            validation = test(net, validation_loader, criterion, num_tests=num_validation, device=device)
            metrics["val_loss"].append(validation["test_loss"])
            metrics["val_accuracy"].append(validation["test_accuracy"])
        scheduler.step()
        if checkpoint_every_k is not None and checkpoint_func is not None and (epoch + 1) % checkpoint_every_k == 0:
            checkpoint_func(net, metrics, epoch + 1)
    return metrics


def test(
    net: nn.Module,
    test_loader: Batches,
    loss: Loss | None = None,
    num_tests: int | None = None,
    device: torch.device | str | None = None,
) -> dict[str, float]:
    """Evaluate `net` on every batch of a loader, print the result, and leave the network in evaluation mode.

    Args:
        net: any network that returns logits.
        test_loader: batches of images and labels.
        loss: loss function; cross-entropy if None.
        num_tests: divisor of the number of correctly classified images; the number of images if None.
        device: device to evaluate on; the network's device if None.

    Returns:
        test_loss, the mean over batches (a smaller last batch has the same weight, as in 1.3.1), and test_accuracy.

    Raises:
        InputError: the loader gives no batch.
    """
    net.to(device)
    tally = evaluate_loader(net, test_loader, loss or nn.CrossEntropyLoss(), device)
    accuracy = tally.accuracy if num_tests is None else tally.correct / num_tests
    print(f"test: loss {tally.loss:.3f}, accuracy {accuracy:.3f} ({tally.correct}/{num_tests or tally.images})")
    return {"test_loss": tally.loss, "test_accuracy": accuracy}


# Test runners collect functions called test; this one is not a test.
test.__test__ = False  # type: ignore[attr-defined]


def legacy_optimizer(name: str, net: nn.Module) -> torch.optim.Optimizer:
    """Return an optimiser with the settings of 1.3.1's `train`.

    rmsprop: torch's, rate 0.2, momentum 0.9, epsilon 1, L2 1e-4. sgd: rate 0.025, momentum 0.9, L2 1e-4. adam:
    torch's defaults.

    Raises:
        InputError: the name is unknown.
    """
    parameters = net.parameters()
    recipe = PRESETS["nasbench-pytorch-1.3"]
    if name.lower() == "rmsprop":
        return torch.optim.RMSprop(
            parameters,
            recipe.learning_rate,
            alpha=recipe.rmsprop_decay,
            eps=recipe.optimizer_eps,
            momentum=recipe.momentum,
            weight_decay=recipe.weight_decay,
        )
    if name.lower() == "sgd":
        return torch.optim.SGD(parameters, 0.025, momentum=recipe.momentum, weight_decay=recipe.weight_decay)
    if name.lower() == "adam":
        return torch.optim.Adam(parameters)
    hint = did_you_mean(name, _OPTIMIZERS)
    raise InputError(f"unknown optimizer '{name}'; there are: {', '.join(_OPTIMIZERS)}, or an optimizer object{hint}")
