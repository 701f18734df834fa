"""Trials of Ray's workers travel together if they are short."""

from __future__ import annotations

from nasbench_pytorch.campaign.executors.ray_queue import CallQueue
from nasbench_pytorch.campaign.trials import Trial


def trials(count: int) -> list[Trial]:
    return [Trial(number, "", "", "", 1, 0, 0) for number in range(count)]


def queue_of(waiting: list[Trial]) -> CallQueue:
    queue = CallQueue()
    for trial in waiting:
        queue.add(trial)
    return queue


def test_calls_double_while_trials_are_short_and_shrink_when_they_are_long() -> None:
    waiting = trials(8)
    queue = queue_of(waiting)
    sizes = []
    for duration_s in (0.0, 0.0, 10.0):
        call = queue.next_call()
        sizes.append(len(call))
        queue.note_answer(call, duration_s)
    assert sizes == [1, 2, 4]
    assert queue.trials_per_call == 1
    assert queue.clear() == waiting[7:]
    assert len(queue) == 0


def test_the_number_in_a_call_is_limited_by_their_duration() -> None:
    queue = queue_of([])
    queue.trials_per_call = 8
    queue.note_answer(trials(8), 0.2)
    assert queue.trials_per_call == 4


def test_trials_of_a_lost_call_come_first_and_alone() -> None:
    waiting = trials(6)
    queue = queue_of(waiting)
    queue.trials_per_call = 2
    lost = queue.next_call()
    queue.put_back(lost, alone=True)
    assert [queue.next_call() for _ in range(4)] == [[waiting[0]], [waiting[1]], waiting[2:4], waiting[4:]]
    queue.note_answer(lost, 0.1)
    queue.put_back(lost)
    queue.trials_per_call = 2
    assert queue.next_call() == lost
