"""A proxy: a name, a function, and what it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.proxies.batch import Batch
from nasbench_pytorch.proxies.loss_pass import Record, different
from nasbench_pytorch.proxies.passes import Passes
from nasbench_pytorch.space.skeleton import Skeleton
from nasbench_pytorch.space.spec import ModelSpec

UserProxy = Callable[[nn.Module, Batch], float]
"""A proxy that is not in `PROXIES`: a function of a network in training mode, which it may change, and a batch."""


@dataclass(frozen=True)
class Proxy:
    """A score of an untrained network; larger is meant to be better.

    Attributes:
        name: name in score files and at the command line.
        measure: function of the shared passes of a network.
        of_cell: function of the cell and the skeleton alone, where no network is needed.
        records: what `measure` reads from the shared pass.
        smallest_batch: number of images that it needs.
        needs_class_pair: it needs two images of a class.
        uses_images: whether the pictures matter; if not, only the batch's size and seed do.
    """

    name: str
    measure: Callable[[Passes], float]
    of_cell: Callable[[ModelSpec, Skeleton], float] | None = None
    records: tuple[Record, ...] = ()
    smallest_batch: int = 1
    needs_class_pair: bool = False
    uses_images: bool = True

    @property
    def definition(self) -> Callable[..., object]:
        """The function whose docstring defines the proxy."""
        measure = self.measure
        return measure.function if isinstance(measure, _OfFunction) else self.of_cell or measure

    def check(self, batch: Batch) -> None:
        """Refuse a batch that is too small.

        Raises:
            InputError: it has too few images, or no two of a class.
        """
        if len(batch) < self.smallest_batch:
            raise InputError(
                f"{self.name} needs a batch of at least {self.smallest_batch} images, got {len(batch)}; "
                "use a larger batch"
            )
        if self.needs_class_pair and len(different(batch.labels)) == len(batch.labels):
            raise InputError(
                f"{self.name} compares images of the same class, and no two of the batch's {len(batch)} images are of "
                "one class; use a larger batch"
            )


def proxy_of_cell(name: str, of_cell: Callable[[ModelSpec, Skeleton], float]) -> Proxy:
    """Return the proxy of a function of the cell and the skeleton."""
    return Proxy(name, _OfCell(name, of_cell), of_cell, uses_images=False)


def proxy_of_function(name: str, function: UserProxy) -> Proxy:
    """Return the proxy of a function of a network and a batch."""
    return Proxy(name, _OfFunction(function))


@dataclass(frozen=True)
class _OfCell:
    name: str
    of_cell: Callable[[ModelSpec, Skeleton], float]

    def __call__(self, passes: Passes) -> float:
        spec, skeleton = getattr(passes.network, "spec", None), getattr(passes.network, "skeleton", None)
        if not isinstance(spec, ModelSpec) or not isinstance(skeleton, Skeleton):
            raise InputError(f"{self.name} is computed from the cell; it needs this package's Network")
        return float(self.of_cell(spec, skeleton))


@dataclass(frozen=True)
class _OfFunction:
    function: UserProxy

    def __call__(self, passes: Passes) -> float:
        return float(self.function(passes.copy(), passes.batch))
