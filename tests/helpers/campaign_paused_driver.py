"""`nasbench` in a process that pauses once: it prints "paused", and waits for a line on stdin.

    python campaign_paused_driver.py {step|commit} COUNT ARGUMENTS…

It pauses after that many training steps in this process, or after that many commits with outcomes.
"""

from __future__ import annotations

import sys
from typing import Any

from nasbench_pytorch.campaign import driver
from nasbench_pytorch.campaign.ledger.ledger import Ledger
from nasbench_pytorch.cli import main
from nasbench_pytorch.training.loop.step import Trainer


def pause_after(count: int, owner: type, method: str) -> None:
    """Patch a method to pause after its call number `count`; commits without outcomes do not count."""
    original, calls = getattr(owner, method), 0

    def pausing(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        result = original(*arguments, **options)
        calls += method != "commit" or bool(arguments[1])
        if calls == count:
            calls += 1
            print("paused", flush=True)
            sys.stdin.readline()
        return result

    setattr(owner, method, pausing)


if __name__ == "__main__":
    driver.COMMIT_OUTCOMES = 1
    pause_after(int(sys.argv[2]), Trainer if sys.argv[1] == "step" else Ledger, sys.argv[1])
    sys.exit(main(sys.argv[3:]))
