"""One training step by the recipe."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own custom

from nasbench_pytorch import foreach
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training.loop.optimizers import make_optimizer
from nasbench_pytorch.training.loop.schedules import learning_rate
from nasbench_pytorch.training.recipe import Recipe
from nasbench_pytorch.training.runtime.compilation import compiled_forward
from nasbench_pytorch.training.runtime.process_group import SINGLE_PROCESS, ProcessGroup


class StepResult(NamedTuple):
    """Result of a training step.

    Attributes:
        loss: 0-d tensor on the device, detached: mean over shards of the cross-entropy, plus the L2 term, both before
            the update. Reading it waits for the device, so a training loop reads it only every few steps.
        learning_rate: rate of the step.
    """

    loss: Tensor
    learning_rate: float


class Trainer:
    """Training steps by a recipe.

    Each batch-norm shard of the recipe runs forward and backward separately, and the gradients are summed: every shard
    uses its own batch statistics, so the sum is the step of the whole batch, without a copy of any activation. Only
    the first shard updates the running statistics. Several processes divide the shards; the running statistics are
    then those of the first process.

    Attributes:
        network: the network in training.
        optimizer: the recipe's optimiser, over all trainable parameters.
        steps_done: steps taken so far.

    Args:
        network: already on its device and in its dtype.
        recipe: optimiser, schedule, L2, clipping, shards. Of its precision only an explicit bfloat16 has an effect;
            `auto` and float32 compute in the network's dtype.
        total_steps: length of the schedule.
        steps_per_epoch: length of an epoch for the schedule cosine_by_epoch.
        foreach: update all parameters in few kernels; False updates them one at a time, with the same result.
        compile: run the network through torch.compile, which takes minutes at the first step of each batch size.
        process_group: processes that take the steps together, each with the whole batch.

    Raises:
        InputError: `total_steps` is below 1, or the processes cannot divide the shards evenly.
    """

    def __init__(
        self,
        network: nn.Module,
        recipe: Recipe,
        total_steps: int,
        *,
        steps_per_epoch: int | None = None,
        foreach: bool = True,
        compile: bool = False,
        process_group: ProcessGroup = SINGLE_PROCESS,
    ) -> None:
        if total_steps < 1:
            raise InputError(
                f"total_steps must be at least 1, got {total_steps}; epochs × images / batch_size is too small"
            )
        check_shards(recipe, process_group)
        self.network = network
        self.recipe = recipe
        self.compile = compile
        self.process_group = process_group
        self.total_steps = total_steps
        self.steps_done = 0
        self.optimizer = make_optimizer(recipe, network, foreach=foreach)
        self._steps_per_epoch = steps_per_epoch or total_steps
        self._parameters: list[Tensor] = [p for p in network.parameters() if p.requires_grad]
        self._statistics = _by_dtype(list(network.buffers()))
        self._forward = compiled_forward(network) if compile else network

    def step(
        self,
        images: Float[Tensor, "batch channels height width"],
        labels: Int64[Tensor, " batch"],
        training_time_s: float = 0.0,
    ) -> StepResult:
        """Train on one prepared batch.

        Afterwards each parameter's `grad` is the gradient of the returned loss, L2 term included, as the optimiser
        used it. The step does not wait for the device.

        Args:
            images: normalised images in the network's dtype.
            labels: classes.
            training_time_s: seconds of training so far, for the schedule cosine_by_time.

        Raises:
            InputError: the recipe's shards cannot divide the batch evenly.
        """
        epoch = self.steps_done // self._steps_per_epoch
        rate = learning_rate(self.recipe, self.steps_done, self.total_steps, epoch, training_time_s)
        self.network.train()
        self.optimizer.zero_grad(set_to_none=True)
        cross_entropy = self._backward(images, labels)
        if self.recipe.gradient_clip_norm is not None:
            nn.utils.clip_grad_norm_(self._parameters, self.recipe.gradient_clip_norm)
        loss = cross_entropy + self._add_l2()
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.steps_done += 1
        return StepResult(loss, rate)

    def warm_up(self, images: Tensor, labels: Tensor) -> None:
        """Run forward and backward once without a step, so that no step's time contains one-off costs.

        Weights, optimiser, running statistics and random numbers do not change.

        Args:
            images: see `step`; of the shape of the training's batches.
            labels: see `step`.
        """
        self.network.train()
        with (
            torch.random.fork_rng([images.device] if images.device.type == "cuda" else []),
            self._running_statistics(update=False),
        ):
            self._backward(images, labels)
        self.optimizer.zero_grad(set_to_none=True)

    def _backward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Compute the gradients of the mean of the shards' cross-entropies; return that mean."""
        shards = self.recipe.batch_norm_shards
        if len(images) % shards:
            # The last batch of an epoch may have any size, but only recipes of one shard have such batches.
            raise InputError(f"a batch of {len(images)} images cannot be divided into {shards} equal shards")
        total = torch.zeros((), dtype=torch.float32, device=images.device)
        parts = list(zip(images.chunk(shards), labels.chunk(shards), strict=True))
        for shard in range(self.process_group.rank, shards, self.process_group.size):
            part, targets = parts[shard]
            with self._running_statistics(update=shard == 0):
                with self._autocast(images.device):
                    logits = self._forward(part)
                loss = F.cross_entropy(logits, targets) / shards
                loss.backward()  # type: ignore[no-untyped-call]
            total = total + loss.detach()
        gradients: list[Any] = [p.grad for p in self._parameters]
        self.process_group.all_reduce_sum([*gradients, total])
        return total

    @torch.no_grad()
    def _add_l2(self) -> Tensor:
        """Add the L2 term's gradient to the parameters' gradients; return the term."""
        gradients: list[Any] = [p.grad for p in self._parameters]
        decay = self.recipe.weight_decay
        foreach.add_(gradients, self._parameters, alpha=decay)
        norms = torch.stack(foreach.norm(self._parameters))
        return 0.5 * decay * norms.square().sum()

    @contextlib.contextmanager
    def _running_statistics(self, update: bool) -> Iterator[None]:
        """Restore the running statistics after the block, a forward and a backward pass, unless `update`.

        Restoring them, instead of freezing them, lets all shards run the same code, which torch.compile compiles
        once. Batch norms normalise by the shard's own statistics in both cases.
        """
        if update:
            yield
            return
        kept = [[torch.empty_like(tensor) for tensor in tensors] for tensors in self._statistics]
        for tensors, copies in zip(self._statistics, kept, strict=True):
            foreach.copy_(copies, tensors)
        try:
            yield
        finally:
            for tensors, copies in zip(self._statistics, kept, strict=True):
                foreach.copy_(tensors, copies)

    def _autocast(self, device: torch.device) -> contextlib.AbstractContextManager[Any]:
        if self.recipe.precision == "bfloat16":
            return torch.autocast(device.type, dtype=torch.bfloat16)
        return contextlib.nullcontext()


def _by_dtype(tensors: list[Tensor]) -> list[list[Tensor]]:
    """Group tensors by dtype; the foreach kernels process a list of one dtype at once."""
    return [[t for t in tensors if t.dtype == dtype] for dtype in {t.dtype for t in tensors}]


def check_shards(recipe: Recipe, process_group: ProcessGroup) -> None:
    """Refuse a number of processes that cannot divide the recipe's shards evenly.

    Raises:
        InputError: names the numbers of processes that can.
    """
    shards = recipe.batch_norm_shards
    if shards % process_group.size:
        allowed = " or ".join(str(size) for size in range(1, shards + 1) if shards % size == 0)
        raise InputError(
            f"{process_group.size} processes cannot share {shards} batch-norm shards evenly; start {allowed}, or "
            "choose other --batch-norm-shards, which changes the recipe"
        )
