"""Ways in which one network can take its training steps on one prepared batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nasbench_pytorch.training import Trainer
from nasbench_pytorch.training.runtime.compilation import check_compilation

if TYPE_CHECKING:
    from nasbench_pytorch.training.throughput.workload import Workload

WAYS = ("channels-last", "eager", "graph", "compile")
"""channels-last: as `run_training`, with the modes of `Network.fast_`. eager: the plain network, in NCHW. graph: as
channels-last, a whole step captured in one CUDA graph. compile: as channels-last, through torch.compile."""

Batch = tuple[Tensor, Tensor]


def stepper(way: str, workload: Workload, batch: Batch) -> Callable[[], object]:
    """Return a function that takes one step of `workload` on `batch`; its one-off costs are paid.

    Raises:
        InputError: torch.compile is not possible here.
        ValueError: there is no such way.
    """
    if way not in WAYS:
        raise ValueError(f"unknown way '{way}'; there are: {', '.join(WAYS)}")
    if way == "eager":
        workload.network.plain_()
        batch = batch[0].contiguous(), batch[1]
    if way == "compile":
        check_compilation(workload.device)
        workload.trainer = Trainer(workload.network, workload.recipe, total_steps=10**9, compile=True)
    trainer = workload.trainer
    trainer.step(*batch)
    return captured(trainer, batch) if way == "graph" else lambda: trainer.step(*batch)


def captured(trainer: Trainer, batch: Batch) -> Callable[[], None]:
    """Capture one step, with its shards, L2 term and optimiser, in a CUDA graph; return its replay.

    A replay repeats the step on the same batch at the same rate, so this is for measurements only.
    """
    _on_side_stream(lambda: [trainer.step(*batch) for _ in range(3)])
    # Gradients of these steps lie outside the graph's memory; the captured step makes its own.
    trainer.optimizer.zero_grad(set_to_none=True)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        trainer.step(*batch)
    return graph.replay


def _on_side_stream(action: Callable[[], Any]) -> None:
    """Run the steps before a capture, which torch wants on another stream than the default one."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        action()
    torch.cuda.current_stream().wait_stream(stream)


def replay_difference(trainer: Trainer, replay: Callable[[], None], batch: Batch) -> float:
    """Return how far a replay's weights are from those of the same step taken eagerly, as a share of that step."""
    parameters = [p for group in trainer.optimizer.param_groups for p in group["params"]]
    slots = [slot for p in parameters for slot in trainer.optimizer.state[p].values()]
    tensors = [*parameters, *trainer.network.buffers(), *slots]
    before = [tensor.detach().clone() for tensor in tensors]
    replay()
    replayed = _flat(parameters)
    with torch.no_grad():
        for tensor, value in zip(tensors, before, strict=True):
            tensor.copy_(value)
    began = _flat(parameters)
    trainer.step(*batch)
    eager = _flat(parameters)
    return ((replayed - eager).norm() / (eager - began).norm()).item()


def _flat(parameters: list[Tensor]) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in parameters])
