"""`train` and `test` as nasbench-pytorch 1.3.1 had them, for code written against it.

They train by 1.3.1's procedure: one rate an epoch, clipped gradients, whatever batches the loader gives. New code is
better served by `nasbench_pytorch.training`, whose default is the procedure of NAS-Bench-101.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sized
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training.recipe import PRESETS, OptimizerName

Batches: TypeAlias = Iterable[tuple[Tensor, Tensor]]
"""A `DataLoader`, a loader of `prepare_dataset`, or a list: (images, labels) anew in each pass."""

Loss: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Of logits and labels: the mean over a batch."""

Metrics: TypeAlias = dict[str, list[float]]
"""train_loss, train_accuracy, val_loss and val_accuracy, a number for every epoch."""

_OPTIMIZERS: tuple[OptimizerName, ...] = ("sgd", "rmsprop", "adam")


def train(
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
    """Train `net` in place and print how it goes.

    Args:
        net: any network that gives logits.
        train_loader: an epoch is one pass over it.
        loss: cross-entropy if None.
        optimizer: an optimiser over the network's parameters, or `"rmsprop"` (also if None), `"sgd"` or `"adam"`,
            with the settings that they had in 1.3.1; see `legacy_optimizer`.
        scheduler: anything with `step()`, called after every epoch; a cosine over the epochs if None.
        grad_clip: largest norm of the gradient, or None.
        num_epochs: passes over the training images.
        num_validation: what the rightly classified validation images are divided by; counted if None.
        validation_loader: evaluated after every epoch.
        device: where to train; the network's own if None.
        print_frequency: batches between two lines of output.
        checkpoint_every_k: epochs between two calls of `checkpoint_func`.
        checkpoint_func: called with the network, the metrics so far and the number of epochs done, after the last of
            these (1.3.1 called it before).

    Returns:
        train_loss and train_accuracy, means over each epoch's batches and images while they were trained on, and
        val_loss and val_accuracy, empty without a `validation_loader`; a number for every epoch.

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
        tally = _train_epoch(net, train_loader, criterion, optimizer, grad_clip, device, print_frequency, heading)
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
        net: any network that gives logits.
        test_loader: images and labels.
        loss: cross-entropy if None.
        num_tests: what the rightly classified images are divided by; counted if None.
        device: where to evaluate; the network's own if None.

    Returns:
        test_loss, the mean over batches (a smaller last batch counts like any other, as in 1.3.1), and test_accuracy.

    Raises:
        InputError: the loader gives no batch.
    """
    net.to(device).eval()
    criterion = loss or nn.CrossEntropyLoss()
    tally = _Tally()
    with torch.no_grad():
        for images, labels in _moved(test_loader, net, device):
            logits = net(images)
            tally.add(criterion(logits, labels), logits, labels)
    tally.check("test_loader")
    accuracy = tally.accuracy if num_tests is None else tally.right / num_tests
    print(f"test: loss {tally.loss:.3f}, accuracy {accuracy:.3f} ({tally.right}/{num_tests or tally.images})")
    return {"test_loss": tally.loss, "test_accuracy": accuracy}


# Test runners collect what is called test; this one is none.
test.__test__ = False  # type: ignore[attr-defined]


def legacy_optimizer(name: str, net: nn.Module) -> torch.optim.Optimizer:
    """An optimiser with the settings that `train` gave it in 1.3.1.

    rmsprop: torch's, rate 0.2, momentum 0.9, epsilon 1, L2 1e-4. sgd: rate 0.025, momentum 0.9, L2 1e-4. adam:
    torch's defaults.

    Raises:
        InputError: another name.
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
    raise InputError(f"unknown optimizer '{name}'; there are: {', '.join(_OPTIMIZERS)}, or give an optimizer object")


class _Tally:
    """Sums over batches, kept on the device so that adding to them waits for nothing."""

    def __init__(self) -> None:
        self._loss: Tensor | float = 0.0
        self._right: Tensor | int = 0
        self.images = 0
        self.batches = 0

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        self._loss = self._loss + loss.detach()
        self._right = self._right + (logits.detach().argmax(dim=1) == labels).sum()
        self.images += len(labels)
        self.batches += 1

    def check(self, loader: str) -> None:
        if self.batches == 0:
            raise InputError(f"{loader} gives no batches; it needs at least one, anew in each pass")

    @property
    def loss(self) -> float:
        return float(self._loss) / self.batches

    @property
    def right(self) -> int:
        return int(self._right)

    @property
    def accuracy(self) -> float:
        return self.right / self.images


def _train_epoch(
    net: nn.Module,
    loader: Batches,
    loss: Loss,
    optimizer: torch.optim.Optimizer,
    grad_clip: float | None,
    device: torch.device | str | None,
    print_frequency: int,
    heading: str,
) -> _Tally:
    net.train()
    tally = _Tally()
    of_batches = f"/{len(loader)}" if isinstance(loader, Sized) else ""
    for images, labels in _moved(loader, net, device):
        optimizer.zero_grad()
        logits = net(images)
        batch_loss = loss(logits, labels)
        batch_loss.backward()  # type: ignore[no-untyped-call]
        if grad_clip is not None:
            nn.utils.clip_grad_norm_(net.parameters(), grad_clip)
        optimizer.step()
        tally.add(batch_loss, logits, labels)
        if (tally.batches - 1) % print_frequency == 0:
            print(
                f"{heading}, batch {tally.batches}{of_batches}: loss {tally.loss:.3f}, "
                f"accuracy {tally.accuracy:.3f} ({tally.right}/{tally.images})"
            )
    tally.check("train_loader")
    return tally


def _moved(loader: Batches, net: nn.Module, device: torch.device | str | None) -> Batches:
    target = next(net.parameters()).device if device is None else device
    return ((images.to(target), labels.to(target)) for images, labels in loader)
