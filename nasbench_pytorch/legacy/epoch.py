"""One pass of a network over a loader, to train or to evaluate, as in nasbench-pytorch 1.3.1."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sized
from typing import TypeAlias

import torch
from torch import Tensor, nn

from nasbench_pytorch.errors import InputError

Batches: TypeAlias = Iterable[tuple[Tensor, Tensor]]
"""A `DataLoader`, a loader of `prepare_dataset`, or a list: each pass gives all (images, labels) batches."""

Loss: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""Function of logits and labels that returns the mean loss of a batch."""


class Tally:
    """Sums of losses and correct answers, kept on the device so that adding a batch does not synchronise.

    Attributes:
        images: number of images so far.
        batches: number of batches so far.
    """

    def __init__(self) -> None:
        self._loss: Tensor | float = 0.0
        self._correct: Tensor | int = 0
        self.images = 0
        self.batches = 0

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Add a batch."""
        self._loss = self._loss + loss.detach()
        self._correct = self._correct + (logits.detach().argmax(dim=1) == labels).sum()
        self.images += len(labels)
        self.batches += 1

    def check(self, loader: str) -> None:
        """Check that there was a batch.

        Raises:
            InputError: there was none; the message names `loader`.
        """
        if self.batches == 0:
            raise InputError(f"{loader} gives no batches; it must give at least one in every pass")

    @property
    def loss(self) -> float:
        """Mean loss over batches."""
        return float(self._loss) / self.batches

    @property
    def correct(self) -> int:
        """Number of correctly classified images."""
        return int(self._correct)

    @property
    def accuracy(self) -> float:
        """Fraction of correctly classified images."""
        return self.correct / self.images


def train_epoch(
    net: nn.Module,
    loader: Batches,
    loss: Loss,
    optimizer: torch.optim.Optimizer,
    grad_clip: float | None,
    device: torch.device | str | None,
    print_frequency: int,
    heading: str,
) -> Tally:
    """Train on every batch of `loader` and print a line every `print_frequency` batches.

    Raises:
        InputError: the loader gives no batch.
    """
    net.train()
    tally = Tally()
    of_batches = f"/{len(loader)}" if isinstance(loader, Sized) else ""
    for images, labels in _on_device(loader, net, device):
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
                f"accuracy {tally.accuracy:.3f} ({tally.correct}/{tally.images})"
            )
    tally.check("train_loader")
    return tally


@torch.no_grad()
def evaluate(net: nn.Module, loader: Batches, loss: Loss, device: torch.device | str | None) -> Tally:
    """Evaluate on every batch of `loader` in evaluation mode.

    Raises:
        InputError: the loader gives no batch.
    """
    net.eval()
    tally = Tally()
    for images, labels in _on_device(loader, net, device):
        logits = net(images)
        tally.add(loss(logits, labels), logits, labels)
    tally.check("test_loader")
    return tally


def _on_device(loader: Batches, net: nn.Module, device: torch.device | str | None) -> Batches:
    target = next(net.parameters()).device if device is None else device
    return ((images.to(target), labels.to(target)) for images, labels in loader)
