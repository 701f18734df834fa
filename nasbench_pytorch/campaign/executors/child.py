"""The process of a worker: `python -m nasbench_pytorch.campaign.executors.child FD`, started by `processes`."""

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
    """Work until the other end of the pipe is closed."""
    pipe = connection.Connection(descriptor)
    factory: WorkerFactory = pipe.recv()
    # Between trials a request to stop has nothing to save; during one the training's own handler is in place.
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
    """Take trials as they come; a pipe that ends is a driver that ended, and then nobody wants the work.

    It must not go on: the next driver gives the same trial to another worker, which writes the same checkpoint.
    """
    with contextlib.suppress(EOFError, OSError):
        while True:
            trials.put(pipe.recv())
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
