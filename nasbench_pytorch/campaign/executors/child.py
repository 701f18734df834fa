"""Worker process: `python -m nasbench_pytorch.campaign.executors.child FD`, started by `processes`."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
from multiprocessing import connection
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import WorkerFactory


def main(descriptor: int) -> None:
    """Run trials from the pipe until the driver closes its end."""
    pipe = connection.Connection(descriptor)
    factory: WorkerFactory = pipe.recv()
    # Between trials there is nothing to save; during a trial the training installs its own handler.
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    trials: queue.Queue[Trial] = queue.Queue()
    threading.Thread(target=_listen, args=(pipe, trials), daemon=True).start()
    try:
        run = factory()
    except InputError as error:
        pipe.send(InputError(str(error)))
        return
    pipe.send("ready")
    while True:
        pipe.send(run(trials.get()))


def _listen(pipe: connection.Connection, trials: queue.Queue[Trial]) -> None:
    """Queue the trials that arrive; end this process once the driver has ended.

    A worker that went on would share its checkpoint with another one: the next driver hands out the same trial again.
    """
    with contextlib.suppress(EOFError, OSError):
        while True:
            trials.put(pipe.recv())
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
