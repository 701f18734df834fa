"""`nasbench campaign`: the subcommands for training many cells."""

from __future__ import annotations

from nasbench_pytorch.cli.shared.groups import Commands, run_group

COMMANDS: Commands = {
    "plan": ("campaign.plan:plan", "what a campaign would cost, before anything starts"),
    "run": ("campaign.run:run", "begin a campaign, or go on with one"),
    "status": ("campaign.status:status", "how a campaign stands"),
    "retry": ("campaign.status:retry", "give failed trials another chance"),
    "export": ("campaign.export:export", "write the results as a table, .arrow or .tfrecord"),
    "compare": ("campaign.export:compare", "the results beside another table"),
}

_ABOUT = """\
A campaign trains many cells and keeps everything in one folder, in ledger.sqlite. Stop and kill it as
you like: the same command goes on, and so does: nasbench campaign run --out FOLDER"""


def main(arguments: list[str]) -> int | None:
    return run_group("campaign", COMMANDS, _ABOUT, arguments)
