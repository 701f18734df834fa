"""Flags of `nasbench search` that choose what evaluates cells: a table, trainings or a proxy."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from nasbench_pytorch.cli.shared.cell_flags import SkeletonArguments
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON
from nasbench_pytorch.training.recipe import PRESETS

if TYPE_CHECKING:
    from nasbench_pytorch.search.evaluators.source import EvaluatorSource


@dataclass(frozen=True)
class EvaluationArguments:
    """What evaluates the proposals."""

    evaluate: Literal["table", "training", "proxy"] = "table"
    """What evaluates a cell: stored results, a real training, or the score of the untrained network."""
    proxy: str | None = None
    """With --evaluate proxy: name of the proxy (see nasbench proxy list)."""
    dataset: Literal["digits", "cifar10"] = "digits"
    """With --evaluate training or proxy: the images. digits needs no files; its networks are small, and train for two
    epochs."""
    data_root: Path | None = None
    """Folder with CIFAR-10; NASBENCH_DATA_DIR or ./data if omitted."""
    device: str = "auto"
    """With --evaluate training: auto (CUDA if available, else CPU), cpu, cuda, cuda:1, mps, …"""
    skeleton: Annotated[SkeletonArguments, tyro.conf.arg(name="")] = field(default_factory=SkeletonArguments)

    def check(self, table: str | None) -> None:
        """Refuse flags that do not fit --evaluate.

        Raises:
            InputError: a flag does not fit; the message names it.
        """
        if self.evaluate != "table" and table is not None:
            raise InputError(f"--table goes with --evaluate table, not with --evaluate {self.evaluate}; leave one out")
        if (self.proxy is not None) != (self.evaluate == "proxy"):
            raise InputError("--evaluate proxy and --proxy NAME go together; give both or neither")
        for flag, is_given, ways in (
            ("--dataset", self.dataset != "digits", ("training", "proxy")),
            ("--data-root", self.data_root is not None, ("training", "proxy")),
            ("--device", self.device != "auto", ("training",)),
        ):
            if is_given and self.evaluate not in ways:
                allowed = " or ".join(ways)
                raise InputError(
                    f"{flag} goes with --evaluate {allowed}, not with --evaluate {self.evaluate}; leave it out"
                )
        if self.evaluate == "table" and self.skeleton != SkeletonArguments():
            raise InputError("a table has its own skeleton; flags of the skeleton go with --evaluate training or proxy")

    def source(self, threads: int | None) -> EvaluatorSource | None:
        """Return what evaluates cells in place of a table; None for a table.

        Args:
            threads: CPU threads of one training; None leaves torch's setting.
        """
        if self.evaluate == "table":
            return None
        from nasbench_pytorch.search.evaluators.training import DIGITS_RECIPE, DIGITS_SKELETON, TrainingSource

        is_small = self.dataset == "digits"
        skeleton = self.skeleton.resolve(DIGITS_SKELETON if is_small else NASBENCH101_SKELETON)
        if self.evaluate == "training":
            recipe = DIGITS_RECIPE if is_small else PRESETS["nasbench101"]
            return TrainingSource(self.dataset, self.data_root, recipe, skeleton, self.device, threads)
        from nasbench_pytorch.proxies.settings import ScoringSettings
        from nasbench_pytorch.search.evaluators.proxy import ProxySource

        assert self.proxy is not None
        return ProxySource(self.proxy, ScoringSettings(skeleton=skeleton, data=self.dataset), self.data_root)
