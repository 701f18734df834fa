"""Trials in Ray: on this machine or on a cluster, each worker an actor with its share of a node."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.campaign.executors.base import MOST_DEATHS_BEFORE_WORK, STOP_TIMEOUT_S, CannotWorkError
from nasbench_pytorch.campaign.executors.ray_actor import Bell, RayWorker, listener
from nasbench_pytorch.campaign.executors.ray_cluster import Share, connect, nodes
from nasbench_pytorch.campaign.outcomes import Failed, Outcome, Reason, Stopped
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import WorkerFactory

_LONGEST_EVIDENCE = 2000
_GROWTH_INTERVAL_S = 10.0
_PATIENCE_S = 30.0
_MOST_LISTENERS = 1_000_000

# A call costs about a millisecond, so trials that are shorter than this many seconds travel together.
_CALL_S = 0.1
_MOST_TRIALS_IN_CALL = 64


def _print_note(text: str) -> None:
    print(f"nasbench: {text}", file=sys.stderr)


class _Worker:
    """An actor, and the calls that it has not answered, the oldest first."""

    def __init__(self, actor: Any, factory: Any) -> None:
        self.actor = actor
        self.who = "a worker that was not ready"
        self.ready = False
        self.calls: deque[tuple[Any, list[Trial]]] = deque([(actor.prepare.remote(factory), [])])
        self.began_s = time.monotonic()


class RayExecutor:
    """See `Executor`. A worker that is lost is replaced, on whatever node has room, as soon as one has.

    Begins or joins the cluster when made, so that whoever asks for what no cluster has is told before anything else.

    Args:
        workers: how many trials at once; None for as many as the cluster has room for, also when it grows.
        cpus_per_trial: see `Share`.
        gpus_per_trial: see `Share`.
        address: see `connect`.
        local_cpus: see `connect`.
        notify: is told what a person should know; prints it on stderr if left out.

    Raises:
        InputError: a number is out of range, no node can run a trial, or the address does not answer.
        MissingExtraError: Ray is not installed.
    """

    in_process = False

    def __init__(
        self,
        workers: int | None = None,
        *,
        cpus_per_trial: float = 1.0,
        gpus_per_trial: float = 0.0,
        address: str | None = None,
        local_cpus: int | None = None,
        notify: Callable[[str], object] = _print_note,
    ) -> None:
        if workers is not None and workers < 1:
            raise InputError(f"--workers must be at least 1, got {workers}")
        self._share = Share(cpus_per_trial, gpus_per_trial)
        self._growing = workers is None
        self._ours = connect(address, local_cpus)
        try:
            room = self._share.room(nodes())
            if workers is not None and workers > room and address is None:
                raise InputError(
                    f"--workers {workers}: this machine has room for {room} trials at once, with {cpus_per_trial:g} "
                    f"CPUs and {gpus_per_trial:g} GPUs each; lower --workers, --cpus-per-trial or --gpus-per-trial"
                )
        except InputError:
            self._disconnect()
            raise
        self.slots = self.in_flight = workers or room
        self._workers: list[_Worker] = []
        self._waiting: deque[Trial] = deque()
        self._alone: set[int] = set()
        self._deaths_before_work = 0
        self._in_call = 1
        self._grew_at_s = self._began_s = time.monotonic()
        self._notify, self._said_no_room = notify, False

    def start(self, factory: WorkerFactory) -> None:
        """See `Executor`."""
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        # Beside the driver, so that no other node's end silences it.
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
        remote: Any = ray.remote
        bell = remote(num_cpus=0, max_restarts=-1, max_task_retries=-1, max_concurrency=_MOST_LISTENERS)(Bell)
        self._bell = bell.options(scheduling_strategy=here).remote()
        self._actor_class = remote(num_cpus=self._share.cpus, num_gpus=self._share.gpus)(RayWorker)
        self._factory = ray.put(factory)
        self._workers = [self._make() for _ in range(self.slots)]
        self._began_s = time.monotonic()

    def submit(self, trial: Trial) -> None:
        """See `Executor`; trials leave in `wait`, several in one call where they are short."""
        self._waiting.append(trial)

    def wait(self, timeout_s: float) -> Sequence[Outcome]:
        """See `Executor`."""
        self._grow()
        self._say_if_there_is_no_room()
        self._hand_out()
        return self._receive(timeout_s)

    def stop(self) -> Sequence[Outcome]:
        """See `Executor`."""
        import ray

        outcomes: list[Outcome] = []
        until_s = time.monotonic() + STOP_TIMEOUT_S
        ray.wait([self._bell.ring.remote()], timeout=10.0)
        while any(trials for worker in self._workers for _, trials in worker.calls) and time.monotonic() < until_s:
            outcomes += self._receive(1.0)
        left = [*self._waiting, *(trial for worker in self._workers for _, trials in worker.calls for trial in trials)]
        self._waiting.clear()
        return outcomes + [Stopped(trial.number) for trial in left]

    def close(self) -> None:
        """See `Executor`. A cluster that was begun here ends as well."""
        import ray

        if self._workers and ray.is_initialized():
            for worker in self._workers:
                ray.kill(worker.actor)
            ray.kill(self._bell)
        self._workers.clear()
        self._disconnect()

    def _disconnect(self) -> None:
        import ray

        if self._ours:
            ray.shutdown()
            self._ours = False

    def _make(self) -> _Worker:
        return _Worker(self._actor_class.remote(listener(self._bell)), self._factory)

    def _say_if_there_is_no_room(self) -> None:
        """Once: who waits for others to leave a busy cluster should know it."""
        if self._said_no_room or time.monotonic() - self._began_s < _PATIENCE_S:
            return
        self._said_no_room = True
        if not any(worker.ready for worker in self._workers):
            self._notify(
                f"the cluster has had no free {self._share.cpus:g} CPUs and {self._share.gpus:g} GPUs for a trial in "
                f"{_PATIENCE_S:.0f} s; waiting"
            )

    def _grow(self) -> None:
        """Use nodes that have joined; those that have left are noticed by the loss of their workers."""
        if not self._growing or time.monotonic() - self._grew_at_s < _GROWTH_INTERVAL_S:
            return
        self._grew_at_s = time.monotonic()
        room = sum(map(self._share.fits, nodes()))
        self._workers += [self._make() for _ in range(room - self.slots)]
        self.slots = len(self._workers)
        self._set_in_flight()

    def _hand_out(self) -> None:
        # Long trials one by one, so that none waits behind another while a worker is idle.
        most_calls = 1 if self._in_call == 1 else 2
        for worker in self._workers:
            while self._waiting and worker.ready and len(worker.calls) < most_calls:
                trials = self._next_call()
                if not worker.calls:
                    worker.began_s = time.monotonic()
                worker.calls.append((worker.actor.run.remote(trials), trials))

    def _next_call(self) -> list[Trial]:
        trials = [self._waiting.popleft()]
        if trials[0].number not in self._alone:
            while len(trials) < self._in_call and self._waiting and self._waiting[0].number not in self._alone:
                trials.append(self._waiting.popleft())
        return trials

    def _receive(self, timeout_s: float) -> list[Outcome]:
        import ray

        # A worker answers in order: its oldest call is the one to look at.
        oldest = {worker.calls[0][0]: worker for worker in self._workers if worker.calls}
        if not oldest:
            time.sleep(timeout_s if not self._waiting else 0.0)
            return []
        ray.wait(list(oldest), timeout=timeout_s)
        answered, _ = ray.wait(list(oldest), num_returns=len(oldest), timeout=0)
        outcomes: list[Outcome] = []
        for call in answered:
            worker = oldest[call]
            try:
                answer = ray.get(call)
            except ray.exceptions.RayError as error:
                outcomes += self._bury(worker, error)
            else:
                outcomes += self._answer(worker, answer)
        return outcomes

    def _answer(self, worker: _Worker, answer: Any) -> list[Outcome]:
        _, trials = worker.calls.popleft()
        if not trials:
            worker.who, refusal = answer
            if refusal is not None:
                raise CannotWorkError(refusal)
            worker.ready, self._deaths_before_work = True, 0
            return []
        worker.began_s = time.monotonic()
        outcomes, seconds = answer
        self._alone.difference_update(trial.number for trial in trials)
        self._in_call = max(
            1, min(_MOST_TRIALS_IN_CALL, 2 * self._in_call, int(_CALL_S * len(trials) / max(seconds, 1e-9)))
        )
        self._set_in_flight()
        return list(outcomes)

    def _set_in_flight(self) -> None:
        self.in_flight = self.slots * (1 if self._in_call == 1 else 3 * self._in_call)

    def _bury(self, worker: _Worker, error: Exception) -> list[Outcome]:
        """Put another in a lost worker's place, and say what is known of its end.

        The trial that ran then has failed. Where several travelled together nobody knows which one it was: they run
        again, each alone, so that the blame falls on the right one.
        """
        import ray

        evidence = _evidence(error)
        if not worker.ready:
            self._deaths_before_work += 1
            if self._deaths_before_work >= MOST_DEATHS_BEFORE_WORK and not any(other.ready for other in self._workers):
                raise CannotWorkError(f"workers die before they can work: {evidence.splitlines()[0]}")
        ray.kill(worker.actor)
        self._workers[self._workers.index(worker)] = self._make()
        _, trials = worker.calls.popleft()
        innocent = [trial for _, others in worker.calls for trial in others]
        if len(trials) == 1:
            self._waiting.extendleft(reversed(innocent))
            reason: Reason = "out-of-memory" if isinstance(error, ray.exceptions.OutOfMemoryError) else "worker-lost"
            duration_s = time.monotonic() - worker.began_s
            return [Failed(trials[0].number, reason, evidence, {}, worker.who, duration_s)]
        self._alone.update(trial.number for trial in trials)
        self._waiting.extendleft(reversed([*trials, *innocent]))
        return []


def _evidence(error: Exception) -> str:
    """What Ray says of an end, in the fewest lines that hold it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("pid:", "ip:")) or "dead because" in line or "exit" in line]
    return f"{type(error).__name__}: {'; '.join(telling or lines)}"[:_LONGEST_EVIDENCE]
