"""TensorFlow's RMSProp, and the optimisers of the recipes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, overload

import torch
from torch import Tensor, nn

from nasbench_pytorch import foreach
from nasbench_pytorch.training.recipe import Recipe


class RMSpropTF(torch.optim.Optimizer):
    """RMSProp of TensorFlow 1, which differs from torch's.

    The mean square starts at 1, epsilon is inside the root, and the rate is inside the momentum buffer:
    s ← decay·s + (1 - decay)·g²; m ← momentum·m + lr·g / sqrt(s + eps); w ← w - m.

    `state[parameter]` holds `square_avg` and `momentum_buffer`, both of the parameter's shape and dtype.

    Args:
        params: parameters or groups, as for any torch optimiser.
        lr: learning rate; change it in `param_groups` before a step.
        decay: share of the mean square that each step keeps.
        momentum: share of the momentum buffer that each step keeps.
        eps: added to the mean square inside the root.
        foreach: update all parameters in few kernels; False updates them one at a time, with the same result.

    Source: tf.train.RMSPropOptimizer of TensorFlow 1.15; `tests/golden/rmsprop_toy.npz` holds its numbers.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]],
        lr: float = 0.2,
        decay: float = 0.9,
        momentum: float = 0.9,
        eps: float = 1.0,
        *,
        foreach: bool = True,
    ) -> None:
        defaults = {"lr": lr, "decay": decay, "momentum": momentum, "eps": eps, "foreach": foreach}
        super().__init__(params, defaults)

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Take one step; parameters without a gradient do not change."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            if not parameters:
                continue
            slots = [self._slots(p) for p in parameters]
            update = _update_together if group["foreach"] else _update_one_by_one
            update(
                parameters,
                [p.grad for p in parameters],
                [square_avg for square_avg, _ in slots],
                [momentum_buffer for _, momentum_buffer in slots],
                group,
            )
        return loss

    def _slots(self, parameter: Tensor) -> tuple[Tensor, Tensor]:
        state = self.state[parameter]
        if not state:
            state["square_avg"] = torch.ones_like(parameter, memory_format=torch.preserve_format)
            state["momentum_buffer"] = torch.zeros_like(parameter, memory_format=torch.preserve_format)
        return state["square_avg"], state["momentum_buffer"]


_Tensors = list[Any]


def _update_together(
    parameters: _Tensors, gradients: _Tensors, squares: _Tensors, momenta: _Tensors, group: dict[str, Any]
) -> None:
    foreach.mul_(squares, group["decay"])
    foreach.addcmul_(squares, gradients, gradients, value=1 - group["decay"])
    roots = foreach.add(squares, group["eps"])
    foreach.sqrt_(roots)
    foreach.mul_(momenta, group["momentum"])
    foreach.addcdiv_(momenta, gradients, roots, value=group["lr"])
    foreach.sub_(parameters, momenta)


def _update_one_by_one(
    parameters: _Tensors, gradients: _Tensors, squares: _Tensors, momenta: _Tensors, group: dict[str, Any]
) -> None:
    for parameter, gradient, square, momentum in zip(parameters, gradients, squares, momenta, strict=True):
        square.mul_(group["decay"]).addcmul_(gradient, gradient, value=1 - group["decay"])
        momentum.mul_(group["momentum"]).addcdiv_(gradient, (square + group["eps"]).sqrt(), value=group["lr"])
        parameter.sub_(momentum)


def make_optimizer(recipe: Recipe, network: nn.Module, *, foreach: bool = True) -> torch.optim.Optimizer:
    """Make the recipe's optimiser, over all trainable parameters.

    No optimiser applies weight decay: the trainer adds the L2 term's gradient, the same for every optimiser.

    Args:
        recipe: optimiser and its settings.
        network: its trainable parameters are optimised.
        foreach: update all parameters in few kernels; False updates them one at a time.
    """
    parameters = [p for p in network.parameters() if p.requires_grad]
    rate = recipe.learning_rate
    if recipe.optimizer == "rmsprop_tf":
        return RMSpropTF(parameters, rate, recipe.rmsprop_decay, recipe.momentum, recipe.optimizer_eps, foreach=foreach)
    if recipe.optimizer == "rmsprop":
        return torch.optim.RMSprop(
            parameters,
            rate,
            alpha=recipe.rmsprop_decay,
            eps=recipe.optimizer_eps,
            momentum=recipe.momentum,
            foreach=foreach,
        )
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(parameters, rate, momentum=recipe.momentum, foreach=foreach)
    return torch.optim.Adam(parameters, rate, (recipe.momentum, 0.999), recipe.optimizer_eps, foreach=foreach)
