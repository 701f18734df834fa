"""Accuracy of a network on a set of images, measured by the recipe."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own custom

from nasbench_pytorch.datasets.augmentation import Normalisation
from nasbench_pytorch.datasets.batches import evaluation_batches
from nasbench_pytorch.datasets.images import ImageData, ImageSet
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.records import Evaluation
from nasbench_pytorch.training.recipe import Recipe
from nasbench_pytorch.training.runtime.device import sum_dtype
from nasbench_pytorch.training.runtime.process_group import SINGLE_PROCESS, ProcessGroup


class Score(NamedTuple):
    """Result on one set of images.

    Attributes:
        accuracy: fraction of the images classified correctly.
        loss: mean cross-entropy, without the L2 term.
    """

    accuracy: float
    loss: float


@torch.inference_mode()
def evaluate(
    network: nn.Module,
    images: ImageSet,
    recipe: Recipe,
    *,
    bfloat16: bool = False,
    process_group: ProcessGroup = SINGLE_PROCESS,
) -> Score:
    """Evaluate a network with its running statistics, in file order, in the recipe's batches.

    Args:
        network: runs in evaluation mode; its own mode is restored afterwards.
        images: on the network's device.
        recipe: batch size, normalisation, and whether the last, smaller batch counts.
        bfloat16: convolve in bfloat16, as in a training at that precision.
        process_group: processes that divide the batches; each of them returns the result of one process.

    Raises:
        InputError: there are fewer images than one batch, and the recipe drops the last batch.
    """
    weight = next(network.parameters())
    was_training = network.training
    network.eval()
    count = 0
    scores: list[Tensor] = []  # for each batch: correct answers, sum of losses
    batches = evaluation_batches(
        images,
        recipe.evaluation_batch_size,
        normalisation=Normalisation(recipe.pixel_mean, recipe.pixel_std, weight.dtype, torch.channels_last),
        drop_remainder=recipe.evaluation_drop_remainder,
    )
    for index, (batch, labels) in enumerate(batches):
        count += len(labels)
        if index % process_group.size != process_group.rank:
            scores.append(torch.zeros(2, dtype=sum_dtype(weight.device), device=weight.device))
            continue
        with torch.autocast(weight.device.type, dtype=torch.bfloat16, enabled=bfloat16):
            logits = network(batch)
        correct = (logits.argmax(dim=1) == labels).sum()
        loss = F.cross_entropy(logits, labels, reduction="sum")
        scores.append(torch.stack([number.to(sum_dtype(weight.device)) for number in (correct, loss)]))
    network.train(was_training)
    if count == 0:
        raise InputError(
            f"{len(images)} images are fewer than one evaluation batch of {recipe.evaluation_batch_size}; "
            "choose a smaller evaluation_batch_size or keep the remainder (evaluation_drop_remainder False)"
        )
    table = torch.stack(scores)
    process_group.all_reduce_sum([table])
    # Sum batch by batch, so that the total does not depend on how processes divided the batches.
    correct_total, loss_total = (sum(column) for column in table.T.tolist())
    return Score(correct_total / count, loss_total / count)


def evaluate_all(
    network: nn.Module,
    data: ImageData,
    recipe: Recipe,
    *,
    epochs: float,
    steps: int,
    training_time_s: float,
    bfloat16: bool = False,
    process_group: ProcessGroup = SINGLE_PROCESS,
) -> Evaluation:
    """Evaluate a network on the train, validation and test images at one point of a training.

    Args:
        network: see `evaluate`.
        data: on the network's device.
        recipe: see `evaluate`.
        epochs: epochs of training that the point stands for.
        steps: steps taken so far.
        training_time_s: seconds of training so far.
        bfloat16: see `evaluate`.
        process_group: see `evaluate`.
    """

    def score(images: ImageSet) -> Score:
        return evaluate(network, images, recipe, bfloat16=bfloat16, process_group=process_group)

    train = score(data.train_eval)
    validation = score(data.validation) if len(data.validation) else None
    test = score(data.test)
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
