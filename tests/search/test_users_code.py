"""What a user's class or module may do wrong: one line with the method and the place, and the exception kept."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import Budget, Observation, Proposal, SearchRuns, run_search
from nasbench_pytorch.search.algorithms.by_name import algorithm_class
from nasbench_pytorch.search.plan import seeds_of_run
from tests.helpers.search_algorithms_of_users import InOrder
from tests.helpers.search_slow_source import SlowSource

FEW: dict[str, Any] = {"table": "mini", "settings": {"epochs": 12}, "budget": Budget(evaluations=4), "runs": 1}


class BadAsk(InOrder):
    def ask(self) -> Proposal:
        raise ValueError("first line\nsecond line")


class BadTell(InOrder):
    def tell(self, proposal: Proposal, observation: Observation) -> None:  # noqa: ARG002
        raise ZeroDivisionError


class BadInit(InOrder):
    def __init__(self, candidates: Any, *, seed: int = 0, epochs: int = 12) -> None:  # noqa: ARG002
        raise OSError(2, "not there")


class BadBudgets(InOrder):
    @classmethod
    def budgets(cls, settings: Mapping[str, Any]) -> tuple[int, ...]:
        raise KeyError("epochs")


class Exits(InOrder):
    def ask(self) -> Proposal:
        raise SystemExit(0)


class NoRoom(InOrder):
    def ask(self) -> Proposal:
        raise MemoryError


@pytest.mark.parametrize(
    ("algorithm", "message", "cause"),
    [
        (
            BadAsk,
            r"in_order: ask raised ValueError: first line second line \(.*test_users_code\.py, line \d+\)",
            ValueError,
        ),
        (BadTell, r"in_order: tell raised ZeroDivisionError \(.*test_users_code\.py", ZeroDivisionError),
        (BadInit, r"in_order: __init__ raised FileNotFoundError: \[Errno 2\] not there \(", OSError),
        (BadBudgets, r"in_order: budgets raised KeyError: 'epochs' \(", KeyError),
        (Exits, r"in_order: ask raised SystemExit: 0 \(", SystemExit),
    ],
)
def test_an_exception_of_a_class_is_one_line_and_stays_chained(
    algorithm: type[InOrder], message: str, cause: type[BaseException]
) -> None:
    with pytest.raises(InputError, match=message + ".*NASBENCH_TRACEBACK=1") as raised:
        run_search(algorithm, **FEW)
    assert "\n" not in str(raised.value)
    assert isinstance(raised.value.__cause__, cause)


def test_lack_of_memory_is_not_taken_for_a_fault_of_the_class() -> None:
    with pytest.raises(MemoryError):
        run_search(NoRoom, **FEW)


class FailsInOneRun(InOrder):
    def ask(self) -> Proposal:
        if self.seed == seeds_of_run(0, 2)[0]:
            raise ValueError("a bug in run 2")
        return super().ask()


def test_finished_runs_are_kept_when_a_class_fails(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a bug in run 2.*; 2 finished runs are kept in"):
        run_search(FailsInOneRun, **{**FEW, "runs": 4}, out=tmp_path / "s")
    assert list(SearchRuns.read(tmp_path / "s").runs) == [0, 1]


class HoldsFunction(InOrder):
    def __init__(self, candidates: Any, *, seed: int = 0, epochs: int = 12) -> None:
        super().__init__(candidates, seed=seed, epochs=epochs)
        self.held = lambda: None


def test_an_attribute_that_cannot_be_saved_is_one_line(tmp_path: Path, small_candidates: Any) -> None:
    arguments: dict[str, Any] = {"budget": Budget(evaluations=2), "runs": 1, "out": tmp_path / "s"}
    with pytest.raises(InputError, match=r"in_order: .*function"):
        run_search(HoldsFunction, source=SlowSource(small_candidates), **arguments)


class Stubborn(InOrder):
    """Swallows every exception."""

    def ask(self) -> Proposal:
        while True:
            with contextlib.suppress(Exception):
                self.best += 1.0


class EndlessBudgets(InOrder):
    @classmethod
    def budgets(cls, settings: Mapping[str, Any]) -> tuple[int, ...]:
        while True:
            pass


@pytest.mark.parametrize(
    ("algorithm", "message"),
    [
        (Stubborn, r"in_order has proposed nothing for 0\.05 s"),
        (EndlessBudgets, r"in_order: budgets has not returned for 0\.05 s"),
    ],
)
def test_code_that_never_ends_is_stopped(algorithm: type[InOrder], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run_search(algorithm, ask_limit_s=0.05, **FEW)


class Odd(InOrder):
    """Proposes what the test sets."""

    proposed: Any = None

    def ask(self) -> Proposal:
        assert isinstance(self.proposed, Proposal)
        return self.proposed


@pytest.mark.parametrize("may_propose_invalid", [False, True])
@pytest.mark.parametrize(
    ("proposed", "message"),
    [
        (Proposal(True, 12), "proposed position=True; position must be a whole number"),
        (Proposal(float("nan"), 12), "proposed position=nan"),  # type: ignore[arg-type]
        (Proposal(np.array([3]), 12), r"proposed position=array\(\[3\]\)"),  # type: ignore[arg-type]
        (Proposal(3, np.array([4, 12])), r"proposed epochs=array\(\[ 4, 12\]\); epochs must be a whole number"),  # type: ignore[arg-type]
        (Proposal(3, 12.0), r"proposed epochs=12\.0"),  # type: ignore[arg-type]
        (Proposal(3, 12, None, "x"), "proposed invalid_draws='x'"),  # type: ignore[arg-type]
    ],
)
def test_a_proposal_of_wrong_types_is_refused(
    proposed: Proposal, message: str, may_propose_invalid: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Odd, "proposed", proposed)
    monkeypatch.setattr(Odd, "may_propose_invalid", may_propose_invalid)
    with pytest.raises(InputError, match=message):
        run_search(Odd, **FEW)


@pytest.mark.parametrize(
    ("text", "named", "message"),
    [
        ("def f(:\n", "broken_module:Own", r"the import of its module raised SyntaxError: .*broken_module\.py, line 1"),
        ("1 / 0\n", "broken_module:Own", r"raised ZeroDivisionError: division by zero \(.*broken_module\.py, line 1\)"),
        ("raise SystemExit(0)\n", "broken_module:Own", "raised SystemExit: 0"),
        ("while True: pass\n", "broken_module:Own", r"the import of its module has not ended for 0\.05 s"),
        ("", "./broken_module.py:Own", "give module:class, such as broken_module:Own; the module without folder"),
        ("", "broken_module.py:Own", "give module:class, such as broken_module:Own"),
        ("", ".broken_module:Own", "give module:class, such as"),
        ("", "broken_module:Own", "module 'broken_module' has no 'Own'"),
    ],
)
def test_a_module_that_cannot_be_used_is_one_line(
    text: str, named: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_module.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "broken_module", raising=False)
    with pytest.raises(InputError, match=message) as raised:
        algorithm_class(named, 0.05)
    assert "\n" not in str(raised.value)
