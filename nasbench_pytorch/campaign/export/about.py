"""What a table says of the campaign that it came from."""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nasbench_pytorch.campaign.ledger.connection import read_meta
from nasbench_pytorch.campaign.ledger.environments import Machine, last_failures, read_machines
from nasbench_pytorch.campaign.ledger.schema import FINISHED
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON


@dataclass(frozen=True)
class Facts:
    """A campaign at one moment, without its results.

    Attributes:
        settings: the campaign's.
        selections: what was selected.
        trials: all of them.
        finished: those with a result.
        failures: number of each trial that failed for good → the reason of its last failure.
        partial_cells: cells that have results for some of their trials only.
        machines: number of each environment → what it was.
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
        """Trials that failed for good."""
        return len(self.failures)

    def about(self) -> dict[str, Any]:
        """What the table's metadata say; "text" is a sentence for people."""
        missing = self.trials - self.finished - self.failed
        return {
            "text": self._text(),
            "settings": self.settings.to_dict(),
            "selections": [_without_folders(selection) for selection in self.selections],
            "trials": {"finished": self.finished, "failed": self.failed, "missing": missing},
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
    """CPU, CUDA, …"""
    return str(machine.description.get("device", "")).partition(":")[0].upper()


def _without_folders(selection: dict[str, Any]) -> dict[str, Any]:
    """Whoever gets the table need not learn where its maker keeps files."""
    files = {name: Path(selection[name]).name for name in ("hashes", "missing_from") if selection.get(name)}
    return {**selection, **files}


def read_facts(connection: sqlite3.Connection) -> Facts:
    """Read them, inside the caller's transaction."""
    states = dict(connection.execute("SELECT state, sum(trials) FROM totals GROUP BY state").fetchall())
    return Facts(
        Settings.from_dict(read_meta(connection, "settings")),
        read_meta(connection, "selections"),
        sum(states.values()),
        states.get(FINISHED, 0),
        last_failures(connection),
        connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM trials GROUP BY number >> 32 "
            "HAVING min(state = 1) = 0 AND max(state = 1) = 1)"
        ).fetchone()[0],
        read_machines(connection),
    )
