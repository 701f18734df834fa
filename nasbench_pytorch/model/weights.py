"""Save and load a network's weights, including files of nasbench-pytorch 1.3.1."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from nasbench_pytorch.checksum import check_zip
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write, read_limited
from nasbench_pytorch.legacy.checkpoints import check_state_dict, convert_legacy_state_dict
from nasbench_pytorch.legacy.names import is_legacy_state_dict
from nasbench_pytorch.memory import available_memory_bytes
from nasbench_pytorch.model.network import Network

_ZIP_MAGIC = b"PK\x03\x04"
"""First bytes of a file of `torch.save`; very old versions wrote a pickle without checksums."""


def save_weights(network: Network, path: str | os.PathLike[str]) -> None:
    """Write the network's `state_dict`, with its tensors on the CPU, by `torch.save`, atomically.

    Raises:
        OSError: the folder is missing or read-only, or the disk is full; an existing file is kept.
    """
    # If torch.save wrote the file itself, it would report a full disk as a bare RuntimeError.
    buffer = io.BytesIO()
    torch.save({name: tensor.detach().cpu() for name, tensor in network.state_dict().items()}, buffer)
    with atomic_write(path) as stream:
        stream.write(buffer.getbuffer())


def load_weights(network: Network, path: str | os.PathLike[str]) -> None:
    """Load a network's weights and running statistics from a file of this version or of 1.3.1.

    Args:
        network: changed in place; keeps its dtype and device.
        path: a `state_dict` saved with `torch.save` by this version or by nasbench-pytorch 1.3.1, or the
            `weights.safetensors` of a run folder.

    Raises:
        InputError: the file is of another kind, damaged, or of another network; the network is unchanged.
        OSError: the file is missing or cannot be read.
    """
    state = _read(Path(path))
    try:
        if is_legacy_state_dict(state):
            state = convert_legacy_state_dict(state, network)
        check_state_dict(state, network.state_dict())
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    network.load_state_dict(state)


def _read(path: Path) -> Mapping[str, Tensor]:
    content_bytes = read_limited(path, available_memory_bytes() // 3, "weights on this machine")
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load(content_bytes)
        if content_bytes.startswith(_ZIP_MAGIC):
            check_zip(io.BytesIO(content_bytes))
        content: Any = torch.load(io.BytesIO(content_bytes), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise InputError(f"{path} is damaged or contains more than weights; save network.state_dict()") from None
    except Exception as error:  # a damaged pickle can raise nearly anything
        if isinstance(error, MemoryError):
            raise
        raise InputError(f"{path} is damaged or not a weights file; use a state_dict saved with torch.save") from None
    if not isinstance(content, Mapping) or not all(isinstance(item, Tensor) for item in content.values()):
        raise InputError(f"{path} contains no state_dict (a mapping of names to tensors); save network.state_dict()")
    return content
