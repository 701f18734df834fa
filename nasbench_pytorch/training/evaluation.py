"""Accuracy of a network on a set of images, by the recipe."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 - torch's own custom

from nasbench_pytorch.datasets.batches import evaluation_batches
from nasbench_pytorch.datasets.images import ImageData, ImageSet
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.records import Evaluation
from nasbench_pytorch.training.recipe import Recipe


class Score(NamedTuple):
    """Result on one set of images.

    Attributes:
        accuracy: fraction of the images classified rightly.
        loss: mean cross-entropy, without the L2 term.
    """

    accuracy: float
    loss: float


@torch.inference_mode()
def evaluate(network: nn.Module, images: ImageSet, recipe: Recipe, *, bfloat16: bool = False) -> Score:
    """Evaluate with the running statistics, in file order, in the recipe's batches.

    Args:
        network: put into evaluation mode, and back into the mode it had.
        images: on the network's device.
        recipe: batch size, normalisation, and whether the last, smaller batch counts.
        bfloat16: convolve in bfloat16, as in a training at that precision.

    Raises:
        InputError: there are fewer images than one batch, and the last batch is dropped.
    """
    weight = next(network.parameters())
    was_training = network.training
    network.eval()
    correct = torch.zeros((), dtype=torch.int64, device=weight.device)
    loss = torch.zeros((), dtype=torch.float64, device=weight.device)
    count = 0
    batches = evaluation_batches(
        images,
        recipe.evaluation_batch_size,
        mean=recipe.pixel_mean,
        std=recipe.pixel_std,
        drop_remainder=recipe.evaluation_drop_remainder,
        dtype=weight.dtype,
        memory_format=torch.channels_last,
    )
    for batch, labels in batches:
        with torch.autocast(weight.device.type, dtype=torch.bfloat16, enabled=bfloat16):
            logits = network(batch)
        correct += (logits.argmax(dim=1) == labels).sum()
        loss += F.cross_entropy(logits, labels, reduction="sum")
        count += len(labels)
    network.train(was_training)
    if count == 0:
        raise InputError(
            f"{len(images)} images are fewer than one evaluation batch of {recipe.evaluation_batch_size}; "
            "choose a smaller evaluation_batch_size or keep the remainder (evaluation_drop_remainder False)"
        )
    return Score(correct.item() / count, loss.item() / count)


def evaluate_all(
    network: nn.Module,
    data: ImageData,
    recipe: Recipe,
    *,
    epochs: float,
    steps: int,
    training_time_s: float,
    bfloat16: bool = False,
) -> Evaluation:
    """Evaluate on the train, validation and test images at one point of a training.

    Args:
        network: see `evaluate`.
        data: on the network's device.
        recipe: see `evaluate`.
        epochs: what the point stands for.
        steps: steps taken so far.
        training_time_s: seconds of training so far.
        bfloat16: see `evaluate`.
    """
    train = evaluate(network, data.train_eval, recipe, bfloat16=bfloat16)
    has_validation = len(data.validation) > 0
    validation = evaluate(network, data.validation, recipe, bfloat16=bfloat16) if has_validation else None
    test = evaluate(network, data.test, recipe, bfloat16=bfloat16)
    return Evaluation(
        epochs=epochs,
        steps=steps,
        training_time_s=training_time_s,
        train_accuracy=train.accuracy,
        validation_accuracy=validation.accuracy if validation else None,
        test_accuracy=test.accuracy,
        train_loss=train.loss,
        validation_loss=validation.loss if validation else None,
        test_loss=test.loss,
    )
