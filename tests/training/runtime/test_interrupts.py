"""Ctrl-C and SIGTERM in a program that trains: they end it, after the state is saved."""

from __future__ import annotations

import pickle
import signal
from pathlib import Path

import pytest

from nasbench_pytorch.training import Interrupted, load_run
from nasbench_pytorch.training.loop.attempt import Attempt
from tests.helpers.tiny_training import stop_after, train_tiny


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_loop_that_survives_errors_ends_at_the_first_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal_number: int
) -> None:
    stop_after(monkeypatch, 4, signal_number)
    begun = []
    with pytest.raises(KeyboardInterrupt):
        for seed in range(3):
            begun.append(seed)
            try:
                train_tiny(seed=seed, out=tmp_path / str(seed))
            except Exception as error:
                pytest.fail(f"an ordinary error: {error!r}")
    assert begun == [0]
    assert (tmp_path / "0" / "checkpoint.pt").exists()


def test_a_signal_during_the_last_evaluation_ends_the_program_after_the_results_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluate = Attempt._evaluate

    def evaluated(self: Attempt, epochs: float) -> None:
        evaluate(self, epochs)
        if epochs == 4:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Attempt, "_evaluate", evaluated)
    with pytest.raises(KeyboardInterrupt):
        train_tiny(out=tmp_path)
    assert load_run(tmp_path).result.status == "complete"


def test_an_interrupt_crosses_processes() -> None:
    back = pickle.loads(pickle.dumps(Interrupted("stopped after step 3", signal.SIGTERM)))
    assert (str(back), back.signal_number) == ("stopped after step 3", signal.SIGTERM)
