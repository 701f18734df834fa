"""`nasbench campaign status` and `retry`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import tyro

from nasbench_pytorch.cli.shared.flags import parse

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.ledger.status import CampaignStatus, TrialNote


@dataclass(frozen=True)
class _Status:
    folder: tyro.conf.Positional[Path]
    """The campaign's folder."""
    last: int = 5
    """How many of the last results, of the running trials and of the failed ones to name."""


def status(arguments: list[str]) -> None:
    given = parse(_Status, arguments, "nasbench campaign status", "Say how a campaign stands, also while it runs.")
    print_status(given.folder, given.last)


def print_status(folder: Path, last: int = 5) -> None:
    """Print how a campaign stands."""
    from nasbench_pytorch.campaign.ledger.read_status import read_status

    print("\n".join(status_lines(folder, read_status(folder, last))))


def status_lines(folder: Path, status: CampaignStatus) -> list[str]:
    """How a campaign stands, for people."""
    from nasbench_pytorch.cli.campaign.live_view import duration

    lines = [f"{folder}: {status.count('finished'):,} of {status.trials:,} trials done", ""]
    lines.append(f"{'epochs':>6}  {'pending':>9}  {'finished':>9}  {'failed':>9}  {'hours spent':>11}")
    for budget in status.budgets:
        counts = "  ".join(f"{budget.trials.get(state, 0):>9,}" for state in ("pending", "finished", "failed"))
        lines.append(f"{budget.epochs:>6}  {counts}  {budget.total_time_s / 3600:>11.2f}")
    lines.append("")
    if status.images_per_s is not None:
        lines.append(f"{status.images_per_s:,.0f} training images/s for each worker")
    if status.remaining_s:
        lines.append(f"about {duration(status.remaining_s)} of work left, to be divided by the number of workers")
    lines += _noted("running", status.running) + _noted("last", status.last) + _noted("failed", status.failed)
    if status.count("failed") > len(status.failed):
        lines.append(
            f"{'failed':10}  {status.count('failed') - len(status.failed):,} more; --last N names more of them"
        )
    for reason, count in status.failures.items():
        again = f"nasbench campaign retry {folder} --reason {reason}"
        lines.append(f"{count:,} trials failed: {reason}; try again with: {again}")
    attempts = ", ".join(f"{count:,} {reason}" for reason, count in sorted(status.failed_attempts.items()))
    lines += [f"attempts that came to nothing: {attempts}"] if attempts else []
    lines += _machine_lines(status)
    if status.owner is not None:
        lines.append(f"driver      process {status.owner['pid']} on {status.owner['host']}, or it ended without a word")
    return lines


def _noted(what: str, notes: list[TrialNote]) -> list[str]:
    return [f"{what:10}  {note.hash[:8]}  {note.epochs:>4} epochs, repeat {note.repeat}: {note.text}" for note in notes]


def _machine_lines(status: CampaignStatus) -> list[str]:
    # Environments may differ in facts that are not shown: what reads alike is one line.
    results: Counter[tuple[str, str, str]] = Counter()
    for machine in status.machines:
        results[machine.recipe_id, machine.hardware, machine.versions] += machine.results
    lines = [
        f"{'recipe':10}  {recipe_id}: {count:,} results from {hardware}; {versions}"
        for (recipe_id, hardware, versions), count in results.most_common()
    ]
    if lines:
        lines.append(
            "results of one recipe id can be repeated bit for bit; between ids only the distribution is the same"
        )
    return lines


@dataclass(frozen=True)
class _Retry:
    folder: tyro.conf.Positional[Path]
    """The campaign's folder."""
    reason: Literal["nan", "out-of-memory", "exception", "worker-lost"] | None = None
    """Only trials that failed for this reason last; all if left out."""


def retry(arguments: list[str]) -> None:
    given = parse(_Retry, arguments, "nasbench campaign retry", "Make failed trials pending again.")
    from nasbench_pytorch.campaign.ledger.ledger import Ledger

    ledger = Ledger(given.folder)
    try:
        count = ledger.retry(given.reason)
    finally:
        ledger.close()
    print(f"{count:,} failed trials are pending again; go on with: nasbench campaign run --out {given.folder}")
