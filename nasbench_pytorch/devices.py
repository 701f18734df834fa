"""Devices of this machine by their names in torch."""

from __future__ import annotations

import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.suggestions import did_you_mean


def resolve_device(name: str) -> torch.device:
    """Return the device with this name; `auto` is the first CUDA device, or else the CPU.

    Raises:
        InputError: torch does not know the name, or this machine lacks the device.
    """
    available = ["cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count())), *_other_devices()]
    if name == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    canonical = f"{name}:0" if name in ("cuda", "xpu") else name
    if device is None or canonical not in available:
        names = ["auto", *available]
        raise InputError(f"unknown device '{name}'; this machine has: {', '.join(names)}{did_you_mean(name, names)}")
    return device


def _other_devices() -> list[str]:
    """Return the names of this machine's devices besides CPU and CUDA."""
    names = ["mps"] if torch.backends.mps.is_available() else []
    if torch.xpu.is_available():
        names += [f"xpu:{index}" for index in range(torch.xpu.device_count())]
    return names
