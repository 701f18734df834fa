"""Recognise a `state_dict` of nasbench-pytorch 1.3.1 by its keys."""

from __future__ import annotations

from collections.abc import Iterable

from nasbench_pytorch.errors import InputError


def is_legacy_state_dict(keys: Iterable[object]) -> bool:
    """Whether the keys are those of a nasbench-pytorch 1.3.1 network."""
    return any(without_prefix(str(key)).startswith("layers.0.conv_bn_relu.") for key in keys)


def refuse_legacy_state_dict(keys: Iterable[object]) -> None:
    """Raise an error that explains the conversion if the keys are those of a nasbench-pytorch 1.3.1 network.

    Raises:
        InputError: the keys are 1.3.1's.
    """
    if is_legacy_state_dict(keys):
        raise InputError(
            "these weights are from nasbench-pytorch 1.3.1, which used other names; convert them with "
            "nasbench_pytorch.model.convert_legacy_state_dict(state_dict, network)"
        )


def without_prefix(key: str) -> str:
    """Return the key without the prefix of torch's DataParallel."""
    return key.removeprefix("module.")
