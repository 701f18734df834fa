"""The plan of a campaign: settings and selected trials, compared with what a ledger has."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.campaign.ledger.connection import LEDGER_NAME
from nasbench_pytorch.campaign.ledger.create import Beginning, PlannedTrials
from nasbench_pytorch.campaign.ledger.ledger import Ledger
from nasbench_pytorch.campaign.plan.selection import SelectedTrials, Selection, select_trials
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.campaign.trials import trial_numbers
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.costs_in_skeleton import space_costs
from nasbench_pytorch.space.export import readable_table

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.ledger.insert_trials import CellRow


@dataclass(frozen=True)
class Plan:
    """What to train.

    Attributes:
        selection: which trials.
        settings: how.
    """

    selection: Selection
    settings: Settings

    def trials(self) -> SelectedTrials:
        """The trials.

        Raises:
            InputError: there are none, see `select_trials`.
        """
        return select_trials(self.selection)

    def cell_rows(self, selected: SelectedTrials) -> list[CellRow]:
        """What a ledger notes of each cell.

        Raises:
            InputError: a cell does not fit into the skeleton.
        """
        costs = space_costs(selected.cells, self.settings.skeleton)
        texts = readable_table(selected.cells)
        columns = (texts[name].to_pylist() for name in ("hash", "adjacency", "operations"))
        return list(zip(*columns, *(column.tolist() for column in costs), strict=True))


def open_campaign(
    folder: str | os.PathLike[str], plan: Plan | None, *, extend: bool = False, layered: bool = False
) -> Ledger:
    """Begin a campaign in a folder, or open the one that is there.

    Args:
        folder: the campaign's.
        plan: what to train; None goes on with what is there.
        extend: trials of the plan that the ledger lacks are added.
        layered: of added trials, repeat 0 of everything comes before repeat 1.

    Returns:
        The ledger, owned by this process.

    Raises:
        InputError: the plan differs from the ledger's (says in what), or another process has the ledger.
        OSError: the folder cannot be written.
    """
    if plan is None:
        return Ledger(folder)
    if not (Path(folder) / LEDGER_NAME).exists():
        selected = plan.trials()
        return Ledger(folder, Beginning(plan.settings, _planned(plan, selected, plan.cell_rows(selected), layered)))
    ledger = Ledger(folder)
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
    asked_before = plan.selection.to_dict() in ledger.read_meta("selections")
    if asked_before and not extend and plan.selection.hashes is None:
        return
    selected = plan.trials()
    rows = plan.cell_rows(selected)
    has = ledger.trial_numbers()
    wanted = _wanted(ledger, selected, rows)
    lacking = len(wanted) - int(np.isin(wanted, has).sum())
    if extend:
        if lacking:
            ledger.add_trials(_planned(plan, selected, rows, layered))
        return
    if lacking:
        raise InputError(
            f"{ledger.path} lacks {lacking:,} of the {len(wanted):,} trials of this plan "
            f"({_described(plan.selection)}); --extend adds them"
        )
    if len(wanted) < len(has) and not asked_before:
        raise InputError(
            f"{ledger.path} has {len(has):,} trials, this plan ({_described(plan.selection)}) only {len(wanted):,} of "
            "them; leave the plan's flags out to go on with all, or use another folder"
        )


def _wanted(ledger: Ledger, selected: SelectedTrials, rows: list[CellRow]) -> npt.NDArray[np.int64]:
    """Numbers of the selected trials in the ledger; -1 for those of cells that it lacks."""
    known = ledger.cell_numbers()
    cells = np.array([known.get(row[0], -1) for row in rows], np.int64)[selected.cell]
    return np.where(cells < 0, -1, trial_numbers(cells, selected.epochs, selected.repeat))


def _planned(plan: Plan, selected: SelectedTrials, rows: list[CellRow], layered: bool) -> PlannedTrials:
    trials = np.stack([selected.cell, selected.epochs, selected.repeat])
    return PlannedTrials(rows, trials, layered, plan.selection.to_dict())


def _described(selection: Selection) -> str:
    given = {name: value for name, value in selection.to_dict().items() if value is not None}
    if selection.sample is None:
        del given["sample_seed"]
    return ", ".join(f"{name} {value}" for name, value in given.items())
