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
from nasbench_pytorch.training.runtime.process_group import SINGLE_PROCESS, World


class StepResult(NamedTuple):
    """What a step tells.

    Attributes:
        loss: 0-d tensor on the device, detached: mean over shards of the cross-entropy, plus the L2 term, both before
            the update. Reading it waits for the device; a training loop does so only now and then.
        learning_rate: the step's rate.
    """

    loss: Tensor
    learning_rate: float


class Trainer:
    """Takes the steps of a training by a recipe.

    Each of the recipe's batch-norm shards goes forward and backward by itself and its gradients are added up: since
    batch statistics are a shard's own, this is the whole batch's step, without a copy of any activation. Only the
    first shard moves the running statistics. Several processes divide the shards among them; the running statistics
    are then the first process's.

    Attributes:
        network: the network in training.
        optimizer: the recipe's, over all trainable parameters.
        steps_done: steps taken so far.

    Args:
        network: moved to its device and dtype beforehand.
        recipe: optimiser, schedule, L2, clipping, shards. Its precision counts only where it is bfloat16 by name;
            `auto` and float32 compute in the network's own dtype.
        total_steps: length of the schedule.
        steps_per_epoch: for the schedule cosine_by_epoch.
        foreach: update all parameters in few kernels; False does the same one by one.
        compile: run the network through torch.compile, which takes minutes at the first step of each batch size.
        world: the processes that take the steps together, each with the whole batch at hand.

    Raises:
        InputError: `total_steps` is below 1, or the shards cannot be divided evenly among the processes.
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
        world: World = SINGLE_PROCESS,
    ) -> None:
        if total_steps < 1:
            raise InputError(
                f"total_steps must be at least 1, got {total_steps}; epochs × images / batch_size is too small"
            )
        check_shards(recipe, world)
        self.network = network
        self.recipe = recipe
        self.compile = compile
        self.world = world
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

        Afterwards each parameter's `grad` is the gradient of the loss that is returned, L2 term included, as it went
        into the optimiser. Nothing here waits for the device.

        Args:
            images: normalised, in the network's dtype.
            labels: classes.
            training_time_s: seconds of training so far, for the schedule cosine_by_time.

        Raises:
            InputError: the batch cannot be divided evenly among the recipe's shards.
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
        """Go forward and backward once and forget it: what a first step has to set up is then not in any step's time.

        Neither weights, optimiser, running statistics nor random numbers are moved.

        Args:
            images: see `step`; of the shape that is to be trained on.
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
        """Gradients of the mean of the shards' cross-entropies; returns that mean."""
        shards = self.recipe.batch_norm_shards
        if len(images) % shards:
            # The last batch of an epoch may be any size; only recipes of one shard have such batches.
            raise InputError(f"a batch of {len(images)} images cannot be divided into {shards} equal shards")
        total = torch.zeros((), dtype=torch.float32, device=images.device)
        parts = list(zip(images.chunk(shards), labels.chunk(shards), strict=True))
        for shard in range(self.world.rank, shards, self.world.size):
            part, targets = parts[shard]
            with self._running_statistics(update=shard == 0):
                with self._autocast(images.device):
                    logits = self._forward(part)
                loss = F.cross_entropy(logits, targets) / shards
                loss.backward()  # type: ignore[no-untyped-call]
            total = total + loss.detach()
        gradients: list[Any] = [p.grad for p in self._parameters]
        self.world.all_reduce_sum([*gradients, total])
        return total

    @torch.no_grad()
    def _add_l2(self) -> Tensor:
        """Add the L2 term's gradient to the parameters' gradients; returns the term."""
        gradients: list[Any] = [p.grad for p in self._parameters]
        decay = self.recipe.weight_decay
        foreach.add_(gradients, self._parameters, alpha=decay)
        norms = torch.stack(foreach.norm(self._parameters))
        return 0.5 * decay * norms.square().sum()

    @contextlib.contextmanager
    def _running_statistics(self, update: bool) -> Iterator[None]:
        """Within the block, which holds a forward and its backward pass, running statistics move; `update`: for good.

        They are put back rather than kept still, so that all shards run the same code, which torch.compile then
        compiles once. Batch norms normalise by the shard's own statistics either way.
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
    """Lists of one dtype each, which the foreach kernels need to take them all at once."""
    return [[t for t in tensors if t.dtype == dtype] for dtype in {t.dtype for t in tensors}]


def check_shards(recipe: Recipe, world: World) -> None:
    """Refuse a number of processes that does not divide the recipe's shards evenly.

    Raises:
        InputError: says which numbers do.
    """
    shards = recipe.batch_norm_shards
    if shards % world.size:
        allowed = " or ".join(str(size) for size in range(1, shards + 1) if shards % size == 0)
        raise InputError(
            f"{world.size} processes cannot share {shards} batch-norm shards evenly; start {allowed}, or choose other "
            "--batch-norm-shards, which changes the recipe"
        )
