"""A network in torch's DistributedDataParallel, in two processes on one machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from tests.helpers.deadlines import DEADLINE_S
from tests.helpers.model_networks import build, gradients, images
from tests.helpers.torchrun import forks_of_a_new_process

if TYPE_CHECKING:
    from nasbench_pytorch.model import Network

pytestmark = pytest.mark.skipif(not dist.is_available(), reason="this torch has no torch.distributed")


def _worker(rank: int, world_size: int, folder: Path) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder / 'rendezvous'}", rank=rank, world_size=world_size)
    try:
        network = DistributedDataParallel(build())
        part = images().chunk(world_size)[rank]
        torch.save(gradients(network, part), folder / f"gradients{rank}.pt")
        torch.save(network.eval()(part).detach(), folder / f"outputs{rank}.pt")
    finally:
        dist.destroy_process_group()


def test_two_processes_average_the_gradients_of_their_halves(tmp_path: Path) -> None:
    context = forks_of_a_new_process()
    workers = [context.Process(target=_worker, args=(rank, 2, tmp_path)) for rank in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(DEADLINE_S)
        assert worker.exitcode == 0

    halves = [gradients(build(), part) for part in images().chunk(2)]
    expected = [torch.stack(pair).mean(0) for pair in zip(*halves, strict=True)]
    for rank in range(2):
        for ours, reference in zip(torch.load(tmp_path / f"gradients{rank}.pt"), expected, strict=True):
            torch.testing.assert_close(ours, reference, rtol=1e-3, atol=1e-4 * reference.abs().max().item())
    torch.testing.assert_close(torch.load(tmp_path / "outputs0.pt"), _trained_once().eval()(images().chunk(2)[0]))


def _trained_once() -> Network:
    """Return the network of the first process, whose running statistics follow its half of the batch."""
    network = build()
    gradients(network, images().chunk(2)[0])
    return network
