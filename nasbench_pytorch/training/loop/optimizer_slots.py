"""Give an optimiser the slots of a checkpoint."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nasbench_pytorch.training.loop.optimizers import RMSpropTF

_SLOTS: dict[type[torch.optim.Optimizer], tuple[str, ...]] = {
    RMSpropTF: ("square_avg", "momentum_buffer"),
    torch.optim.RMSprop: ("step", "square_avg"),
    torch.optim.SGD: (),
    torch.optim.Adam: ("step", "exp_avg", "exp_avg_sq"),
}
"""Slots that each optimiser needs; with momentum, torch's RMSprop has a `momentum_buffer` too."""


def restore_slots(optimizer: torch.optim.Optimizer, saved: dict[str, Any]) -> None:
    """Load an optimiser's slots; its settings stay those of the recipe.

    Args:
        optimizer: a new one of `make_optimizer`.
        saved: `state_dict` of the optimiser that the checkpoint was made of.

    Raises:
        ValueError: a slot is missing or has another shape or type than its parameter; torch raises it for other
            numbers of parameters.
    """
    settings = [dict(group) for group in optimizer.param_groups]
    optimizer.load_state_dict(saved)
    for group, own in zip(optimizer.param_groups, settings, strict=True):
        group.clear()
        group.update(own)
        slots = [optimizer.state[parameter] for parameter in group["params"]]
        if not any(slots):
            continue  # saved before the first step
        needed = _SLOTS[type(optimizer)]
        if isinstance(optimizer, torch.optim.RMSprop) and group["momentum"]:
            needed = (*needed, "momentum_buffer")
        for number, parameter in enumerate(group["params"]):
            for name in needed:
                if name not in slots[number]:
                    raise ValueError(f"the optimiser's slot {name} of parameter {number} is missing")
            for name, value in slots[number].items():
                _check_slot(f"{name} of parameter {number}", name, value, parameter)


def _check_slot(label: str, name: str, value: Any, parameter: Tensor) -> None:
    if name == "momentum_buffer" and value is None:
        return  # of SGD without momentum
    if not isinstance(value, Tensor):
        raise ValueError(f"the optimiser's slot {label} is no tensor")
    shape = torch.Size() if name == "step" else parameter.shape
    if value.shape != shape or not value.is_floating_point():
        raise ValueError(
            f"the optimiser's slot {label} has shape {list(value.shape)} and type {value.dtype}, not {list(shape)}"
        )
