"""Ray workers as the driver sees them: actors on the cluster's nodes, and their unanswered calls."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.campaign.executors.base import MAX_EVIDENCE_CHARS
from nasbench_pytorch.campaign.executors.ray_actor import Bell, RayWorker, listener

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.executors.ray_cluster import Share
    from nasbench_pytorch.campaign.trials import Trial
    from nasbench_pytorch.campaign.worker import WorkerFactory

_MAX_LISTENERS = 1_000_000


class WorkerHandle:
    """A worker's actor and its unanswered calls.

    Attributes:
        actor: Ray's handle of the actor.
        name: host and process, for messages.
        ready: whether the worker has loaded its data.
        calls: each unanswered call's reference and trials, oldest first; `prepare` is a call without trials.
        began_s: when the worker began its oldest call, on the monotonic clock.
    """

    def __init__(self, actor: Any, factory: Any) -> None:
        self.actor = actor
        self.name = "a worker that was not ready"
        self.ready = False
        self.calls: deque[tuple[Any, list[Trial]]] = deque([(actor.prepare.remote(factory), [])])
        self.began_s = time.monotonic()

    def call(self, trials: list[Trial]) -> None:
        """Have the worker run trials, after its other calls."""
        if not self.calls:
            self.began_s = time.monotonic()
        self.calls.append((self.actor.run.remote(trials), trials))

    def trials(self) -> list[Trial]:
        """Return the trials of all unanswered calls."""
        return [trial for _, trials in self.calls for trial in trials]


class WorkerMaker:
    """Makes the actors of one executor, and the bell that stops them; needs a connection to a cluster."""

    def __init__(self, share: Share, factory: WorkerFactory) -> None:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        # The bell runs on the driver's node: it survives the loss of every other node.
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
        remote: Any = ray.remote
        bell = remote(num_cpus=0, max_restarts=-1, max_task_retries=-1, max_concurrency=_MAX_LISTENERS)(Bell)
        self.bell = bell.options(scheduling_strategy=here).remote()
        self._actor_class = remote(num_cpus=share.cpus, num_gpus=share.gpus)(RayWorker)
        self._factory = ray.put(factory)

    def make(self) -> WorkerHandle:
        """Make a worker; it starts as soon as a node has its share free."""
        return WorkerHandle(self._actor_class.remote(listener(self.bell)), self._factory)


def evidence_of(error: Exception) -> str:
    """Return the lines of Ray's message that describe how a worker ended."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("pid:", "ip:")) or "dead because" in line or "exit" in line]
    return f"{type(error).__name__}: {'; '.join(telling or lines)}"[:MAX_EVIDENCE_CHARS]
