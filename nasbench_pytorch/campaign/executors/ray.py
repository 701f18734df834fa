"""Ray executor: trials on this machine or on a cluster; each worker is an actor with its share of a node."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from platform import node
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from nasbench_pytorch.campaign.executors.base import (
    MAX_EARLY_DEATHS,
    STOP_TIMEOUT_S,
    CannotWorkError,
    Executor,
    print_note,
)
from nasbench_pytorch.campaign.executors.ray_cluster import Share, connect, nodes
from nasbench_pytorch.campaign.executors.ray_queue import CallQueue
from nasbench_pytorch.campaign.executors.ray_workers import WorkerHandle, WorkerMaker, evidence_of
from nasbench_pytorch.campaign.executors.stopped import StoppedWorkers, wake
from nasbench_pytorch.campaign.outcomes import Failed, Outcome, Reason, Stopped, loses_worker
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import WorkerFactory

_GROWTH_INTERVAL_S = 10.0
_PATIENCE_S = 30.0
_BELL_TIMEOUT_S = 10.0
_MAX_CALLS = 2


class RayExecutor(Executor):
    """Executor on Ray. A lost worker is replaced on any node with free resources, as soon as there is one.

    The constructor starts or joins the cluster, so resources that no cluster has are refused before anything else.

    Args:
        workers: trials at once; None for as many as fit on the cluster, also when it grows.
        cpus_per_trial: see `Share`.
        gpus_per_trial: see `Share`.
        address: see `connect`.
        local_cpus: see `connect`.
        notify: receives notes for the user; the default prints them on stderr.

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
        notify: Callable[[str], object] = print_note,
    ) -> None:
        if workers is not None and workers < 1:
            raise InputError(f"--workers must be at least 1, got {workers}")
        self._share = Share(cpus_per_trial, gpus_per_trial)
        self._growing = workers is None
        self._connected_here = connect(address, local_cpus)
        try:
            capacity = self._share.capacity(nodes())
            if workers is not None and workers > capacity and address is None:
                raise InputError(
                    f"--workers {workers}: this machine has room for {capacity} trials at once, with "
                    f"{cpus_per_trial:g} CPUs and {gpus_per_trial:g} GPUs each; lower --workers, --cpus-per-trial or "
                    "--gpus-per-trial"
                )
        except InputError:
            self._disconnect()
            raise
        self.slots = self.in_flight = workers or capacity
        self._maker: WorkerMaker | None = None
        self._workers: list[WorkerHandle] = []
        self._queue = CallQueue()
        self._early_deaths = 0
        self._grew_at_s = self._began_s = time.monotonic()
        self._notify, self._reported_no_room = notify, False
        self._stopped = StoppedWorkers(notify)

    @override
    def start(self, factory: WorkerFactory) -> None:
        self._maker = WorkerMaker(self._share, factory)
        self._workers = [self._maker.make() for _ in range(self.slots)]
        self._began_s = time.monotonic()

    @override
    def submit(self, trial: Trial) -> None:
        self._queue.add(trial)

    @override
    def wait(self, timeout_s: float) -> Sequence[Outcome]:
        self._grow()
        self._report_no_room()
        self._hand_out()
        self._stopped.look(self._local_pids())
        return self._receive(timeout_s)

    @override
    def stop(self) -> Sequence[Outcome]:
        import ray

        outcomes: list[Outcome] = []
        until_s = time.monotonic() + STOP_TIMEOUT_S
        if self._maker is not None:
            ray.wait([self._maker.bell.ring.remote()], timeout=_BELL_TIMEOUT_S)
        while any(worker.trials() for worker in self._workers) and time.monotonic() < until_s:
            for pid in self._local_pids():
                wake(pid)
            outcomes += self._receive(1.0)
        left = [*self._queue.clear(), *(trial for worker in self._workers for trial in worker.trials())]
        return outcomes + [Stopped(trial.number) for trial in left]

    @override
    def close(self) -> None:
        import ray

        if self._maker is not None and ray.is_initialized():
            for worker in self._workers:
                ray.kill(worker.actor)
            ray.kill(self._maker.bell)
        self._maker = None
        self._workers.clear()
        self._disconnect()

    def _disconnect(self) -> None:
        """Leave the cluster that the constructor joined; a cluster that it started ends."""
        import ray

        if self._connected_here:
            ray.shutdown()
            self._connected_here = False

    def _local_pids(self) -> dict[int, str]:
        """Return the process of each busy worker on this machine, and what waits for it."""
        places = [(worker.name.rpartition(":"), worker.trials()) for worker in self._workers if worker.ready]
        return {int(pid): f"trial {trials[0].name}" for (host, _, pid), trials in places if trials and host == node()}

    def _report_no_room(self) -> None:
        """Note, once, that trials wait for a busy cluster."""
        if self._reported_no_room or time.monotonic() - self._began_s < _PATIENCE_S:
            return
        self._reported_no_room = True
        if not any(worker.ready for worker in self._workers):
            self._notify(
                f"the cluster has had no free {self._share.cpus:g} CPUs and {self._share.gpus:g} GPUs for a trial in "
                f"{_PATIENCE_S:.0f} s; waiting"
            )

    def _grow(self) -> None:
        """Use nodes that have joined. Nodes that have left are noticed by the loss of their workers."""
        if not self._growing or time.monotonic() - self._grew_at_s < _GROWTH_INTERVAL_S:
            return
        assert self._maker is not None
        self._grew_at_s = time.monotonic()
        capacity = sum(map(self._share.fits, nodes()))
        self._workers += [self._maker.make() for _ in range(capacity - self.slots)]
        self.slots = len(self._workers)
        self._set_in_flight()

    def _set_in_flight(self) -> None:
        trials_per_call = self._queue.trials_per_call
        self.in_flight = self.slots * (1 if trials_per_call == 1 else 3 * trials_per_call)

    def _hand_out(self) -> None:
        for worker in self._workers:
            while self._queue and worker.ready and self._takes_call(worker):
                worker.call(self._queue.next_call())

    def _takes_call(self, worker: WorkerHandle) -> bool:
        """Return whether a worker takes the next call: an idle one does, and a second call may wait behind another.

        Long trials go out one by one: none waits behind another while a worker is idle. A call of one trial has its
        worker to itself, so that a lost worker is that trial's failure: if another trial killed the worker just after
        it, Ray might lose the finished trial's answer.
        """
        if not worker.calls:
            return True
        _, last = worker.calls[-1]
        several = self._queue.trials_per_call > 1 and len(last) > 1
        return several and not self._queue.next_is_alone and len(worker.calls) < _MAX_CALLS

    def _receive(self, timeout_s: float) -> list[Outcome]:
        import ray

        # A worker answers its calls in order, so its oldest call is the one to wait for.
        oldest = {worker.calls[0][0]: worker for worker in self._workers if worker.calls}
        if not oldest:
            time.sleep(timeout_s if not self._queue else 0.0)
            return []
        ray.wait(list(oldest), timeout=timeout_s)
        answered, _ = ray.wait(list(oldest), num_returns=len(oldest), timeout=0)
        outcomes: list[Outcome] = []
        for call in answered:
            worker = oldest[call]
            try:
                answer = ray.get(call)
            except ray.exceptions.RayError as error:
                outcomes += self._replace(worker, error)
            else:
                outcomes += self._take_answer(worker, answer)
        return outcomes

    def _take_answer(self, worker: WorkerHandle, answer: Any) -> list[Outcome]:
        _, trials = worker.calls.popleft()
        if not trials:
            worker.name, refusal = answer
            if refusal is not None:
                raise CannotWorkError(refusal)
            worker.ready, self._early_deaths = True, 0
            return []
        worker.began_s = time.monotonic()
        outcomes, duration_s = answer
        self._queue.note_answer(trials, duration_s)
        self._set_in_flight()
        if any(map(loses_worker, outcomes)):
            # The worker runs none of the calls that wait for it.
            self._renew(worker)
            self._queue.put_back(worker.trials())
        return list(outcomes)

    def _renew(self, worker: WorkerHandle) -> None:
        """Make a worker in place of one, which ends."""
        import ray

        ray.kill(worker.actor)
        assert self._maker is not None
        self._workers[self._workers.index(worker)] = self._maker.make()

    def _replace(self, worker: WorkerHandle, error: Exception) -> list[Outcome]:
        """Replace a lost worker, and return its trial's failure.

        If several trials traveled in its call, the failed one is unknown: each runs again in a call without others.
        """
        import ray

        evidence = evidence_of(error)
        if not worker.ready:
            self._early_deaths += 1
            if self._early_deaths >= MAX_EARLY_DEATHS and not any(other.ready for other in self._workers):
                raise CannotWorkError(f"workers die before they can work: {evidence.splitlines()[0]}")
            self._notify(f"a worker died before it could work, another one starts ({evidence.splitlines()[0]})")
        self._renew(worker)
        _, trials = worker.calls.popleft()
        self._queue.put_back(worker.trials())
        if len(trials) == 1:
            reason: Reason = "out-of-memory" if isinstance(error, ray.exceptions.OutOfMemoryError) else "worker-lost"
            duration_s = time.monotonic() - worker.began_s
            return [Failed(trials[0].number, reason, evidence, {}, worker.name, duration_s)]
        self._queue.put_back(trials, alone=True)
        return []
