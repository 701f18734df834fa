"""Description of a campaign in the table that is exported from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.campaign.ledger.environments import Machine
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.campaign.trials import TrialState
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.ledger.reader import LedgerReader


@dataclass(frozen=True)
class Facts:
    """A campaign at one moment, without its results.

    Attributes:
        settings: the campaign's settings.
        selections: its selections.
        trials: number of all trials.
        finished: number of trials with a result.
        failures: number of each failed trial → reason of its last failure.
        partial_cells: number of cells that have results for some of their trials only.
        machines: number of each environment → its machine.
    """

    settings: Settings
    selections: list[dict[str, Any]]
    trials: int
    finished: int
    failures: dict[int, str]
    partial_cells: int
    machines: dict[int, Machine]

    @property
    def failed(self) -> int:
        """Number of failed trials."""
        return len(self.failures)

    @property
    def missing(self) -> int:
        """Number of trials that are not done yet."""
        return self.trials - self.finished - self.failed

    def about(self) -> dict[str, Any]:
        """Return the description for the table's metadata; "text" is a sentence to be shown."""
        return {
            "text": self._text(),
            "settings": self.settings.to_dict(),
            "selections": [_without_folders(selection) for selection in self.selections],
            "trials": {"finished": self.finished, "failed": self.failed, "missing": self.missing},
            "failures": dict(Counter(self.failures.values())),
            "machines": [vars(machine) for machine in self.machines.values()],
        }

    def _text(self) -> str:
        settings, machines = self.settings, list(self.machines.values())
        skeleton, data = settings.skeleton, machines[0].description.get("data", {})
        source = f" ({data['source']})" if data.get("source") else ""
        images = data.get("train_images") or settings.train_images
        amount = f"{images:,} training images, " if images else ""
        kinds = sorted({f"{_kind(machine)} {machine.hardware} with {machine.versions}" for machine in machines})
        reduced = "" if skeleton == NASBENCH101_SKELETON else "another skeleton than the published table's, "
        return (
            f"Not the published NAS-Bench-101, but a table of our own, made by a campaign of this package: "
            f"{settings.dataset}{source}, {amount}batches of {settings.recipe.batch_size}; {reduced}stem of "
            f"{skeleton.stem_out_channels} channels, {skeleton.num_stacks} × {skeleton.num_modules_per_stack} modules; "
            f"this package's recipe, id {', '.join(sorted({machine.recipe_id for machine in machines}))}; trained on "
            f"{'; '.join(kinds)}"
        )


def _kind(machine: Machine) -> str:
    """Return the kind of device: CPU, CUDA, …"""
    return str(machine.description.get("device", "")).partition(":")[0].upper()


def _without_folders(selection: dict[str, Any]) -> dict[str, Any]:
    """Reduce paths to file names: a table must not tell where its author keeps files."""
    files = {name: Path(selection[name]).name for name in ("hashes", "missing_from") if selection.get(name)}
    return {**selection, **files}


def read_facts(reader: LedgerReader) -> Facts:
    """Read the facts from a ledger."""
    counts = reader.counts()
    return Facts(
        reader.settings(),
        reader.selections(),
        sum(counts.values()),
        counts.get(TrialState.FINISHED, 0),
        reader.failures(),
        reader.partial_cells(),
        reader.machines(),
    )
