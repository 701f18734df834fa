"""`nasbench campaign run`."""

from __future__ import annotations

import dataclasses
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from nasbench_pytorch.campaign.options import CampaignOptions
from nasbench_pytorch.campaign.plan.selection import Selection
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.cli.campaign.arguments import (
    DecidingFlags,
    checked_plan,
    default_options,
    default_plan,
    stored_plan,
)
from nasbench_pytorch.cli.shared.flags import parse, parse_known
from nasbench_pytorch.cli.shared.json_output import check_json_path, write_result
from nasbench_pytorch.printable import print_lines
from nasbench_pytorch.training.recipe import PresetName

EXIT_CODE_FAILED_TRIALS = 3
"""Exit code of a campaign that is done, but in which trials failed."""


@dataclass(frozen=True)
class _Run:
    out: Path
    """The campaign's folder. If it holds a campaign already, omitted flags keep its saved values."""
    selection: Annotated[Selection, tyro.conf.arg(name="")] = field(default_factory=Selection)
    settings: Annotated[Settings, tyro.conf.arg(name="")] = field(default_factory=Settings)
    preset: PresetName | None = None
    """Recipe whose values the other flags change; nasbench101, or digits with --dataset digits."""
    extend: bool = False
    """Add the trials of this plan that the ledger lacks."""
    order: Literal["longest", "repeats"] = "longest"
    """Order of new trials. longest: the longest first, so that none is left alone at the end. repeats: first repeat 0
    of everything, then repeat 1, …, so that a stopped campaign has results of every cell."""
    options: Annotated[CampaignOptions, tyro.conf.arg(name="")] = field(default_factory=CampaignOptions)
    progress: Literal["auto", "live", "lines", "none"] = "auto"
    """How to show progress on stderr; auto: live if it is a terminal."""
    json: Path | None = None
    """Print the final status as JSON instead of text; with the name of a .json file, write it there."""


def run(arguments: list[str]) -> int:
    flags = parse_known(DecidingFlags, arguments)
    stored = stored_plan(flags.out)
    default = default_plan(flags, stored)
    start = None
    if flags.out is not None:
        start = _Run(flags.out, default.selection, default.settings, options=default_options(flags, flags.out))
    about = "Begin a campaign, or resume one: everything is in --out."
    parsed = parse(_Run, arguments, "nasbench campaign run", about, start, unlisted=("epochs",))
    check_json_path(parsed.json)
    plan = checked_plan(parsed.selection, parsed.settings, default)
    # A file of hashes that is named again is read again; else the ledger's trials are the plan.
    resumes = plan == stored and not parsed.extend and flags.hashes is None

    from nasbench_pytorch.campaign.ledger.read_status import read_status
    from nasbench_pytorch.campaign.run import run_campaign
    from nasbench_pytorch.cli.campaign.live_view import make_view
    from nasbench_pytorch.cli.campaign.status import status_lines

    report = run_campaign(
        parsed.out,
        None if resumes else plan,
        options=parsed.options,
        extend=parsed.extend,
        order=parsed.order,
        watcher=make_view(parsed.progress),
    )
    status = read_status(parsed.out)
    if not write_result(parsed.json, {**dataclasses.asdict(status), "stopped": report.stopped}):
        print_lines(*status_lines(parsed.out, status))
    signal_number = report.signal_number or (signal.SIGINT if report.stopped else None)
    if signal_number is None:
        return _say_failed(report.failed)
    print_lines(
        f"nasbench campaign run: stopped; go on with: nasbench campaign run --out {parsed.out}", file=sys.stderr
    )
    return 128 + signal_number


def _say_failed(failed: int) -> int:
    """Say on stderr how many trials failed, if any; return the exit code."""
    if not failed:
        return 0
    trials = "1 trial has" if failed == 1 else f"{failed:,} trials have"
    print_lines(f"nasbench campaign run: {trials} failed; the status above names the reasons", file=sys.stderr)
    return EXIT_CODE_FAILED_TRIALS
