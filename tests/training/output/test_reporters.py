"""Progress of a training on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from nasbench_pytorch.records import Evaluation
from nasbench_pytorch.training.output.reporters import BarReporter, LineReporter, Pace

EVALUATION = Evaluation(1.0, 10, 5.0, 0.5, None, 0.25, 1.0, None, 2.0)


class Clock:
    """A clock that a test moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 100.0
        monkeypatch.setattr("nasbench_pytorch.training.output.reporters.time.monotonic", lambda: self.now_s)


def test_the_time_left_is_that_of_steps_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    pace = Pace(101)
    clock.now_s += 60  # building the network and the first step
    assert pace.left_s(1) is None
    clock.now_s += 300  # the evaluation after the first step
    pace.resume()
    clock.now_s += 20
    assert pace.left_s(11) == pytest.approx(2 * 90)
    clock.now_s += 40
    assert pace.left_s(21) == pytest.approx(3 * 80)
    clock.now_s += 300
    pace.resume()
    clock.now_s += 30
    assert pace.left_s(31) == pytest.approx(3 * 70)
    assert pace.left_s(101) == 0


def test_a_resumed_training_is_estimated_from_its_own_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    pace = Pace(1000)
    assert pace.left_s(500) is None
    clock.now_s += 10
    assert pace.left_s(510) == pytest.approx(490)


def _drawn(reporter: BarReporter, width: int) -> str:
    """Return the bar as it stands on the screen now."""
    stream = io.StringIO()
    Console(file=stream, width=width).print(reporter._progress.get_renderable())
    return stream.getvalue()


def test_the_bar_says_what_is_going_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    stream = io.StringIO()
    reporter = BarReporter(Console(file=stream, force_terminal=True, width=79), 20_000)
    reporter.step(1, 2.5, 0.0, 100.0)
    clock.now_s += 10
    reporter.step(11, 2.25, 0.125, 12_345.0)
    (line,) = _drawn(reporter, 89).splitlines()
    assert "11/20000" in line and "loss 2.2500" in line and "5:33:09 left" in line
    reporter.evaluating()
    assert "evaluating" in _drawn(reporter, 89)
    reporter.evaluated(EVALUATION)
    assert "evaluating" not in _drawn(reporter, 89)
    reporter.close()
    assert "evaluation at epoch 1" in stream.getvalue()


def test_lines_of_a_log_need_no_terminal() -> None:
    stream = io.StringIO()
    reporter = LineReporter(Console(file=stream, width=40), 20)
    reporter.evaluating()
    reporter.evaluated(EVALUATION)
    assert stream.getvalue().count("\n") == 1
