"""The plan of a campaign: settings and selected trials, compared with a ledger."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nasbench_pytorch.campaign.ledger.connection import LEDGER_NAME
from nasbench_pytorch.campaign.ledger.create import PlannedTrials
from nasbench_pytorch.campaign.ledger.insert_trials import CellRow
from nasbench_pytorch.campaign.ledger.ledger import Ledger
from nasbench_pytorch.campaign.plan.selection import SelectedTrials, Selection, select_trials
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.campaign.trials import Numbers, trial_numbers
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.costs_in_skeleton import space_costs
from nasbench_pytorch.space.export import readable_table


@dataclass(frozen=True)
class Plan:
    """Plan of a campaign.

    Attributes:
        selection: which trials to train.
        settings: how to train them.
    """

    selection: Selection
    settings: Settings

    def trials(self) -> SelectedTrials:
        """Return the trials.

        Raises:
            InputError: there are none, see `select_trials`.
        """
        return select_trials(self.selection)

    def cell_rows(self, selected: SelectedTrials) -> list[CellRow]:
        """Return the rows of a ledger for the trials' cells.

        Raises:
            InputError: a cell does not fit into the skeleton.
        """
        costs = space_costs(selected.cells, self.settings.skeleton)
        with _paused_garbage_collection():
            texts = readable_table(selected.cells)
            columns = (texts[name].to_numpy().tolist() for name in ("hash", "adjacency", "operations"))
            return list(map(CellRow._make, zip(*columns, *(column.tolist() for column in costs), strict=True)))


@contextlib.contextmanager
def _paused_garbage_collection() -> Iterator[None]:
    """Pause Python's search for reference cycles: it would scan a growing list of rows, none of them in a cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def open_campaign(
    folder: str | os.PathLike[str], plan: Plan | None, *, extend: bool = False, layered: bool = False
) -> Ledger:
    """Begin a campaign in a folder, or open the one that is there.

    Args:
        folder: the campaign's folder.
        plan: what to train; None opens the campaign that is there.
        extend: add the trials of the plan that the ledger lacks.
        layered: order added trials by repeat: repeat 0 of everything before repeat 1.

    Returns:
        The ledger, open in this process.

    Raises:
        InputError: the plan differs from the ledger's, which the message describes, or another process has the
            ledger open.
        OSError: the folder cannot be written.
    """
    if plan is None:
        return Ledger.open(folder)
    if not (Path(folder) / LEDGER_NAME).exists():
        selected = plan.trials()
        return Ledger.create(folder, plan.settings, _planned(plan, selected, plan.cell_rows(selected), layered))
    ledger = Ledger.open(folder)
    try:
        _reconcile(ledger, plan, extend, layered)
    except BaseException:
        ledger.close("refused")
        raise
    return ledger


def _reconcile(ledger: Ledger, plan: Plan, extend: bool, layered: bool) -> None:
    differences = ledger.settings.differences(plan.settings)
    if differences:
        raise InputError(
            f"{ledger.path} was begun with other settings: {'; '.join(differences)}; leave those flags out to go on "
            "with it, or use another folder"
        )
    selected_before = plan.selection.to_dict() in ledger.read_meta("selections")
    if selected_before and not extend and plan.selection.hashes is None:
        return
    selected = plan.trials()
    rows = plan.cell_rows(selected)
    present = ledger.trial_numbers()
    wanted = _wanted(ledger, selected, rows)
    lacking = len(wanted) - int(np.isin(wanted, present).sum())
    if extend:
        if lacking:
            ledger.add_trials(_planned(plan, selected, rows, layered))
        return
    if lacking:
        raise InputError(
            f"{ledger.path} lacks {lacking:,} of the {len(wanted):,} trials of this plan "
            f"({_described(plan.selection)}); --extend adds them"
        )
    if len(wanted) < len(present) and not selected_before:
        raise InputError(
            f"{ledger.path} has {len(present):,} trials, this plan ({_described(plan.selection)}) only "
            f"{len(wanted):,} of them; leave the plan's flags out to go on with all, or use another folder"
        )


def _wanted(ledger: Ledger, selected: SelectedTrials, rows: Sequence[CellRow]) -> Numbers:
    """Return the selected trials' numbers in the ledger; -1 if it lacks the cell."""
    known = ledger.cell_numbers()
    cells = np.array([known.get(row.hash, -1) for row in rows], np.int64)[selected.cell]
    return np.where(cells < 0, -1, trial_numbers(cells, selected.epochs, selected.repeat))


def _planned(plan: Plan, selected: SelectedTrials, rows: Sequence[CellRow], layered: bool) -> PlannedTrials:
    trials = np.stack([selected.cell, selected.epochs, selected.repeat])
    return PlannedTrials(rows, trials, layered, plan.selection.to_dict())


def _described(selection: Selection) -> str:
    fields = {name: value for name, value in selection.to_dict().items() if value is not None}
    if selection.sample is None:
        del fields["sample_seed"]
    return ", ".join(f"{name} {value}" for name, value in fields.items())
