"""`nasbench campaign status` and `retry`."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from nasbench_pytorch.campaign.trials import TrialState
from nasbench_pytorch.cli.shared.columns import labelled_lines
from nasbench_pytorch.cli.shared.flags import parse
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.cli.shared.quantities import counted, duration
from nasbench_pytorch.printable import print_lines

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.ledger.status import CampaignStatus, TrialNote


@dataclass(frozen=True)
class _Status:
    folder: tyro.conf.Positional[Path]
    """The campaign's folder."""
    last: Annotated[int, tyro.conf.arg(aliases=("--count", "--n", "-n"))] = 5
    """How many of the last results, of the running trials and of the failed trials to list."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def status(arguments: list[str]) -> None:
    parsed = parse(_Status, arguments, "nasbench campaign status", "Show the status of a campaign, also while it runs.")
    check_json_path(parsed.json)
    from nasbench_pytorch.campaign.ledger.read_status import read_status

    current = read_status(parsed.folder, parsed.last)
    if not write_result(parsed.json, dataclasses.asdict(current)):
        print_lines(*status_lines(parsed.folder, current))


def status_lines(folder: Path, status: CampaignStatus) -> list[str]:
    """Return the lines that describe a campaign's status."""
    lines = [f"{folder}: {status.count(TrialState.FINISHED):,} of {status.trials:,} trials done", ""]
    lines.append(f"{'epochs':>6}  {'pending':>9}  {'finished':>9}  {'failed':>9}  {'time spent':>10}")
    for budget in status.budgets:
        counts = "  ".join(f"{budget.trials.get(state, 0):>9,}" for state in TrialState)
        spent = duration(budget.total_time_s) if budget.total_time_s else "-"
        lines.append(f"{budget.epochs:>6}  {counts}  {spent:>10}")
    lines.append("")
    if status.images_per_s is not None:
        lines.append(f"{status.images_per_s:,.0f} training images/s for each worker")
    if status.remaining_s:
        lines.append(f"about {duration(status.remaining_s)} of work left, to be divided by the number of workers")
    lines += _note_lines("cut off" if status.is_driven is False else "running", status.running)
    lines += _note_lines("last", status.last)
    lines += _note_lines("failed", status.failed)
    more = status.count(TrialState.FAILED) - len(status.failed)
    if more > 0:
        lines.append(f"{'failed':10}  {more:,} more; --last N names more of them")
    for reason, count in status.failures.items():
        again = f"nasbench campaign retry {folder} --reason {reason}"
        lines.append(f"{counted(count, 'trial')} failed: {reason}; try again with: {again}")
    tries = ", ".join(f"{count:,} {reason}" for reason, count in sorted(status.failed_tries.items()))
    lines += [f"failed tries: {tries}"] if tries else []
    lines += _machine_lines(status)
    lines += _driver_lines(folder, status)
    return lines


def _driver_lines(folder: Path, status: CampaignStatus) -> list[str]:
    if status.owner is None:
        return []
    name = f"process {status.owner['pid']} on {status.owner['host']}"
    if status.is_driven is False:
        return [f"driver      not running: {name} was killed; go on with: nasbench campaign run --out {folder}"]
    return [f"driver      {name}{', unless it was killed' if status.is_driven is None else ''}"]


def _note_lines(label: str, notes: list[TrialNote]) -> list[str]:
    return [
        f"{label:10}  {note.hash[:8]}  {counted(note.epochs, 'epoch'):>10}, repeat {note.repeat}: {note.text}"
        for note in notes
    ]


def _machine_lines(status: CampaignStatus) -> list[str]:
    # Environments may differ in facts that are not shown; those with the same text share a line.
    results: Counter[tuple[str, str, str]] = Counter()
    for machine in status.machines:
        results[machine.recipe_id, machine.hardware, machine.versions] += machine.results
    lines = []
    for (recipe_id, hardware, versions), count in results.most_common():
        lines += labelled_lines("recipe", f"{recipe_id}: {counted(count, 'result')} from {hardware}; {versions}")
    if lines:
        lines += labelled_lines(
            "", "results of one recipe id can be repeated bit for bit; across ids, results agree only statistically"
        )
    return lines


@dataclass(frozen=True)
class _Retry:
    folder: tyro.conf.Positional[Path]
    """The campaign's folder."""
    reason: Literal["nan", "out-of-memory", "exception", "worker-lost"] | None = None
    """Only trials whose last failure had this reason; all if left out."""
    json: Path | None = None
    """Print the result as JSON instead of text; with the name of a .json file, write it there."""


def retry(arguments: list[str]) -> None:
    parsed = parse(_Retry, arguments, "nasbench campaign retry", "Make failed trials pending again.")
    check_json_path(parsed.json)
    from nasbench_pytorch.campaign.ledger.ledger import Ledger

    with Ledger.open(parsed.folder) as ledger:
        count = ledger.retry(parsed.reason)
    if write_result(parsed.json, {"folder": parsed.folder, "reason": parsed.reason, "trials": count}):
        return
    trials = "1 failed trial is" if count == 1 else f"{count:,} failed trials are"
    print_lines(f"{trials} pending again; go on with: nasbench campaign run --out {parsed.folder}")
