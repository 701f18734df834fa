"""The side of nasbench-pytorch 1.3.1 in the comparisons: its network, training loop and loaders, as shipped.

Runs in the environment that predecessor.py creates, where `nasbench_pytorch` is version 1.3.1.
"""

from __future__ import annotations

import itertools
import resource
import sys
import time
import types
from typing import Any

import numpy as np
import torch
from worker import serve

from nasbench_pytorch.model import Network
from nasbench_pytorch.trainer import train

state: dict[str, Any] = {"device": torch.device("cpu")}


def build(
    matrix: list[list[int]],
    ops: list[str],
    batch_size: int,
    threads: int,
    channels_last: bool = False,
    *,
    device: str = "cpu",
    tf32: bool = True,
    skeleton: dict[str, int] | None = None,
) -> int:
    """Make a network and take a step that is not timed; return the number of parameters. It replaces an earlier one.

    `tf32` allows it in a card's convolutions, which is torch's default and so 1.3.1's.
    """
    torch.set_num_threads(threads)
    target = torch.device(device)
    state.clear()
    state["device"] = target
    if target.type == "cuda":
        torch.backends.cudnn.allow_tf32 = tf32
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(target)
    network = Network((matrix, ops), **(skeleton or {})).to(target)
    images, labels = torch.randn(batch_size, 3, 32, 32), torch.randint(10, (batch_size,))
    if channels_last:
        network = network.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    # The default of its trainer, made here so that its slots survive from one call to the next.
    optimizer = torch.optim.RMSprop(network.parameters(), lr=0.2, momentum=0.9, weight_decay=1e-4, eps=1.0)
    state.update(network=network, optimizer=optimizer, batch=(images.to(target), labels.to(target)))
    steps(1)
    return sum(parameter.numel() for parameter in network.parameters())


def steps(count: int) -> float:
    """Return the seconds of `count` steps of its training loop on the prepared batch."""
    loader = [state["batch"]] * count
    _wait()
    began_s = time.perf_counter()
    train(state["network"], loader, optimizer=state["optimizer"], num_epochs=1, device=state["device"])
    _wait()
    return time.perf_counter() - began_s


def _wait() -> None:
    if state["device"].type == "cuda":
        torch.cuda.synchronize(state["device"])


def give_memory_back() -> None:
    """Return the memory for the side that has the next turn. On a CPU glibc does so by default."""
    if state["device"].type == "cuda":
        torch.cuda.empty_cache()


def take_memory() -> None:
    """Take a step that allocates the memory of the next ones, where it was given back."""
    if state["device"].type == "cuda":
        steps(1)


def peak_memory_bytes() -> int:
    """Return the peak memory of torch's tensors on a card, of the process on a CPU."""
    if state["device"].type == "cuda":
        return torch.cuda.max_memory_allocated(state["device"])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def open_loader(batch_size: int, workers: int) -> None:
    """Open its training loader over random images instead of CIFAR-10, and make the first batch, which is not timed."""
    cifar10 = _cifar10_module()
    cifar10.torchvision.datasets.CIFAR10 = _RandomImages
    torch.set_num_threads(1)
    loader = cifar10.prepare_dataset(batch_size, num_workers=workers)["train"]
    state["batches"] = (batch for _ in itertools.count() for batch in loader)
    next(state["batches"])


def batches(count: int) -> dict[str, float]:
    """Return the seconds and the processor time of `count` batches."""
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    held = [next(state["batches"]) for _ in range(count)]
    assert held[0][0].shape[1:] == (3, 32, 32)
    return {"seconds": time.perf_counter() - began_s, "cpu_s": time.process_time() - began_cpu_s}


class _RandomImages:
    """Stand-in for torchvision's CIFAR10 with random images and no files."""

    def __init__(self, root: str, train: bool, download: bool, transform: Any) -> None:  # noqa: ARG002 - its signature
        generator = np.random.default_rng(0)
        self.data = generator.integers(0, 256, (50_000 if train else 10_000, 32, 32, 3), dtype=np.uint8)
        self.targets = generator.integers(0, 10, len(self.data)).tolist()
        self.transform = transform

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        from PIL import Image

        return self.transform(Image.fromarray(self.data[index])), self.targets[index]


def _cifar10_module() -> Any:
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        # A torchvision built for CUDA cannot load its operators with a CPU build of torch, and fails only when it
        # registers their meta functions. The transforms need none of them.
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        sys.modules["torchvision._meta_registrations"] = types.ModuleType("torchvision._meta_registrations")
    from nasbench_pytorch.datasets import cifar10

    return cifar10


if __name__ == "__main__":
    serve(
        {
            "build": build,
            "take_memory": take_memory,
            "give_memory_back": give_memory_back,
            "steps": steps,
            "peak_memory_bytes": peak_memory_bytes,
            "open_loader": open_loader,
            "batches": batches,
        }
    )
