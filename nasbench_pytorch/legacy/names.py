"""Telling a `state_dict` of nasbench-pytorch 1.3.1 from ours."""

from __future__ import annotations

from collections.abc import Iterable

from nasbench_pytorch.errors import InputError


def is_legacy_state_dict(keys: Iterable[object]) -> bool:
    """Whether the keys are those of a network of nasbench-pytorch 1.3.1."""
    return any(without_prefix(str(key)).startswith("layers.0.conv_bn_relu.") for key in keys)


def refuse_legacy_state_dict(keys: Iterable[object]) -> None:
    """Tell who loads 1.3.1's weights without converting them what to do.

    Raises:
        InputError: they are 1.3.1's.
    """
    if is_legacy_state_dict(keys):
        raise InputError(
            "these are weights of nasbench-pytorch 1.3.1, whose networks named them otherwise; convert them with "
            "nasbench_pytorch.model.convert_legacy_state_dict(state_dict, network)"
        )


def without_prefix(key: str) -> str:
    """The key as it is outside a torch DataParallel."""
    return key.removeprefix("module.")
