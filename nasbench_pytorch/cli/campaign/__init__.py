"""`nasbench campaign`: subcommands for training many cells."""

from __future__ import annotations

from nasbench_pytorch.cli.shared.groups import Commands, run_group

COMMANDS: Commands = {
    "plan": ("campaign.plan:plan", "estimate the cost of a campaign, before anything starts"),
    "run": ("campaign.run:run", "begin a campaign, or resume one"),
    "status": ("campaign.status:status", "show the status of a campaign"),
    "retry": ("campaign.status:retry", "make failed trials pending again"),
    "export": ("campaign.export:export", "write the results as a table, .arrow or .tfrecord"),
    "compare": ("campaign.export:compare", "compare the results with another table"),
}

_ABOUT = """\
A campaign trains many cells and keeps everything in one folder, in ledger.sqlite. It may be stopped or
killed at any time; the same command resumes it, and so does: nasbench campaign run --out FOLDER"""


def main(arguments: list[str]) -> int | None:
    return run_group("campaign", COMMANDS, _ABOUT, arguments)
