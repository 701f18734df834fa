"""Worker processes that measure on request, so that sides in separate environments can take turns."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class Worker:
    """One side of a comparison: a script of this folder in a separate process.

    Args:
        script: file name; it ends with a call of `serve`.
        python: interpreter of the environment that the script needs.
        threads: CPU threads for torch in that process.
        python_path: `PYTHONPATH` of that process; None keeps this one's for the same interpreter.
        answer_within_s: longest wait for an answer; None waits for ever.
    """

    def __init__(
        self,
        script: str,
        python: str = sys.executable,
        threads: int = 1,
        python_path: str | None = None,
        answer_within_s: float | None = None,
    ) -> None:
        self.name = script
        self._answer_within_s = answer_within_s
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
        if python != sys.executable:
            environment.pop("PYTHONPATH", None)  # it may point to this version of the package
        if python_path is not None:
            environment["PYTHONPATH"] = python_path
        self._process = subprocess.Popen(
            [python, str(HERE / script)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, do: str, **settings: Any) -> Any:
        """Send a request and return its answer."""
        self.send(do, **settings)
        return self.receive()

    def send(self, do: str, **settings: Any) -> None:
        """Send a request without waiting for its answer.

        Raises:
            RuntimeError: its process has ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **settings}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise RuntimeError(f"{self.name} ended with code {self._process.wait()}") from None

    def receive(self) -> Any:
        """Wait for the answer to the request, and return it.

        Raises:
            RuntimeError: the script failed, its process died (-9: most likely out of memory), or it did not answer in
                time and was killed.
        """
        assert self._process.stdout is not None
        # Answers are single lines, so none is left in the stream's buffer.
        if self._answer_within_s and not select.select([self._process.stdout], [], [], self._answer_within_s)[0]:
            self._process.kill()
            raise RuntimeError(f"{self.name} did not answer within {self._answer_within_s:.0f} s")
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with code {self._process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"{self.name} failed:\n{answer['error']}")
        return answer["result"]

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._process.communicate(timeout=60)


def all_at_once(workers: list[Worker], count: int) -> float:
    """Return the seconds until the last worker has taken `count` steps."""
    began_s = time.perf_counter()
    for worker in workers:
        worker.send("steps", count=count)
    for worker in workers:
        worker.receive()
    return time.perf_counter() - began_s


def serve(actions: dict[str, Callable[..., Any]]) -> None:
    """Answer requests until the input ends; discard what the actions print."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": actions[request.pop("do")](**request)}
        except Exception:  # the other side of the pipe reports it
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
