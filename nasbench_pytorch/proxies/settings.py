"""Settings of a scoring: everything that its values depend on, apart from cell and seed."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.model.initialization import Initialization
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton

Precision = Literal["float32", "float64"]


@dataclass(frozen=True)
class ScoringSettings:
    """Settings of a scoring; a score file records them in every row.

    Attributes:
        skeleton: the network around the cells.
        initialization: how initial weights are drawn; see `Network`. The default is that of published scores, which
            come from networks of nasbench-pytorch 1.3.1 or ones like them.
        batch_size: images of a batch.
        precision: dtype of networks and images; synflow and grasp take float64 in any case.
        data: name of the images, such as cifar10.

    Raises:
        InputError: the batch size is below 1.
    """

    skeleton: Skeleton = NASBENCH101_SKELETON
    initialization: Initialization = "nasbench-pytorch-1.3"
    batch_size: int = 64
    precision: Precision = "float32"
    data: str = "cifar10"

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise InputError(f"batch_size must be at least 1, got {self.batch_size}")

    @property
    def dtype(self) -> torch.dtype:
        """The precision as torch names it."""
        return torch.float64 if self.precision == "float64" else torch.float32

    def columns(self) -> dict[str, str | int]:
        """Return the settings as columns of a score file."""
        return {
            "batch_size": self.batch_size,
            "precision": self.precision,
            "initialization": self.initialization,
            "data": self.data,
            "skeleton": skeleton_text(self.skeleton),
        }


NASWOT = ScoringSettings(
    skeleton=replace(NASBENCH101_SKELETON, stem_out_channels=16, num_labels=1),
    batch_size=128,
)
"""The setting of Mellor et al. 2021 (arXiv 2006.04647) for NAS-Bench-101: stem 16, one label, 128 images. Proxies
of the loss refuse one label; nwot, swap, jacov, epe_nas, zen, synflow, l2_norm, meco and the counts take it."""

PRESETS: dict[str, ScoringSettings] = {"nasbench101": ScoringSettings(), "naswot": NASWOT}
"""Settings by name."""


def skeleton_text(skeleton: Skeleton) -> str:
    """Return a skeleton as a text such as `num_labels=10 in_channels=3 …`."""
    return " ".join(f"{field.name}={getattr(skeleton, field.name)}" for field in fields(skeleton))


def skeleton_of_text(text: str) -> Skeleton:
    """Return the skeleton of a text of `skeleton_text`.

    Raises:
        InputError: the text is no skeleton.
    """
    try:
        return Skeleton(**{name: int(value) for name, value in (part.split("=") for part in text.split())})
    except (TypeError, ValueError) as error:
        raise InputError(f"'{text:.80}' is no skeleton ({error})") from None
