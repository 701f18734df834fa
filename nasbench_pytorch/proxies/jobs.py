"""One job of a scoring: a cell, a seed and some proxies."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model.network import Network
from nasbench_pytorch.proxies.batch import Batch
from nasbench_pytorch.proxies.one_network import measure
from nasbench_pytorch.proxies.proxy import Proxy
from nasbench_pytorch.proxies.settings import ScoringSettings

if TYPE_CHECKING:
    from nasbench_pytorch.space.spec import ModelSpec


class Job(NamedTuple):
    """A cell that is to be scored.

    Attributes:
        hash: hash of the cell.
        spec: the cell.
        seed: seed of weights, batch and what proxies draw.
        proxies: names of the proxies.
    """

    hash: str
    spec: ModelSpec
    seed: int
    proxies: tuple[str, ...]


class CellScore(NamedTuple):
    """Values of a cell for one seed.

    Attributes:
        hash: hash of the cell.
        seed: seed of weights, batch and what proxies draw.
        values: value of each proxy; not finite where the proxy has no number for the network.
        seconds: time that these values took, the network's construction included.
    """

    hash: str
    seed: int
    values: dict[str, float]
    seconds: float


_LARGEST_SEED = (1 << 63) - 1


def checked_score(score: CellScore) -> CellScore:
    """Return a score that was read from a file.

    Raises:
        InputError: the hash is none, or a number is out of range.
    """
    if re.fullmatch("[0-9a-f]{32}", score.hash) is None:
        raise InputError(f"hash must have 32 digits of 0-9 and a-f, got {score.hash[:40]!r}")
    if not 0 <= score.seed <= _LARGEST_SEED:
        raise InputError(f"seed must be 0 to {_LARGEST_SEED}, got {score.seed!r:.40}")
    if not (math.isfinite(score.seconds) and score.seconds >= 0):
        raise InputError(f"seconds must be at least 0, got {score.seconds!r}")
    return score


@dataclass(frozen=True, eq=False)
class Scorer:
    """Function that runs jobs; it can be sent to other processes.

    Attributes:
        settings: the settings of all jobs.
        proxies: the proxies by name.
        batches: the batch of each seed.
        device: where networks are scored, as torch names it. On a GPU float32 is float32: tf32 is off.
    """

    settings: ScoringSettings
    proxies: Mapping[str, Proxy]
    batches: Mapping[int, Batch]
    device: str = "cpu"

    def __call__(self, job: Job) -> CellScore:
        """Score a cell. A network is built only if a proxy needs one."""
        began_s = time.perf_counter()
        proxies = [self.proxies[name] for name in job.proxies]
        skeleton = self.settings.skeleton
        values = {
            proxy.name: float(proxy.of_cell(job.spec, skeleton)) for proxy in proxies if proxy.of_cell is not None
        }
        of_network = [proxy for proxy in proxies if proxy.of_cell is None]
        if of_network:
            network = build_network(job.spec, self.settings, job.seed).to(self.device)
            with _without_tf32():
                values |= measure(network, self.batches[job.seed], of_network)
        in_order = {name: values[name] for name in job.proxies}
        return CellScore(job.hash, job.seed, in_order, time.perf_counter() - began_s)


@contextlib.contextmanager
def _without_tf32() -> Iterator[None]:
    """Compute float32 convolutions and products on a GPU in float32; torch allows tf32 in convolutions."""
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before


def build_network(spec: ModelSpec, settings: ScoringSettings, seed: int) -> Network:
    """Build a cell's network with weights of a seed, in its fast mode; torch's generator is left as it was."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        network = Network(spec, **dataclasses.asdict(settings.skeleton), initialization=settings.initialization)
    return network.to(settings.dtype).fast_()
