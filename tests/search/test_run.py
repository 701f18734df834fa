"""Searches of many runs: into folders, on several workers, stopped and resumed, with bad input."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from filelock import FileLock

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search import Budget, Candidates, Evaluator, Proposal, SearchAlgorithm, SearchRuns, run_search
from nasbench_pytorch.search.plan import seeds_of_run
from nasbench_pytorch.search.saving.runs_file import ABOUT_KEY, read_runs, write_runs
from nasbench_pytorch.search.saving.saved_state import read_state, write_state
from tests.helpers import search_algorithms_of_users as users
from tests.helpers.search_algorithms_of_users import Endless, InOrder, OnlyInvalid, Outside
from tests.helpers.search_slow_source import SlowSource

if TYPE_CHECKING:
    from nasbench_pytorch.search.evaluators.base import Answer

MINI: dict[str, Any] = {"table": "mini", "budget": Budget(seconds=3000.0), "settings": {"epochs": 12}}


def equal(first: SearchRuns, second: SearchRuns) -> bool:
    return first.runs.keys() == second.runs.keys() and all(
        first.runs[run].equals(second.runs[run]) for run in first.runs
    )


def test_runs_differ_and_the_same_call_repeats_them() -> None:
    first = run_search("random_search", runs=4, **MINI)
    assert equal(first, run_search("random_search", runs=4, **MINI))
    starts = [history.positions[:5].tolist() for history in first.runs.values()]
    assert len({str(start) for start in starts}) == 4
    assert not equal(first, run_search("random_search", runs=4, seed=1, **MINI))


def test_seeds_of_runs_are_all_different() -> None:
    seeds = [value for seed in range(5) for run in range(100) for value in seeds_of_run(seed, run)]
    assert len(set(seeds)) == len(seeds)


@pytest.mark.slow
def test_processes_and_threads_give_the_same_runs(tmp_path: Path) -> None:
    for algorithm in (InOrder, "reinforce"):
        alone = run_search(algorithm, runs=5, **MINI)
        assert equal(alone, run_search(algorithm, runs=5, workers=2, out=tmp_path / str(algorithm)[-5:], **MINI))


def test_a_folder_holds_the_runs_and_the_same_call_finds_them(tmp_path: Path) -> None:
    whole = run_search(InOrder, runs=5, **MINI)
    first = run_search(InOrder, runs=3, out=tmp_path / "s", **MINI)
    assert first.made == 3
    more = run_search(InOrder, runs=5, out=tmp_path / "s", **MINI)
    assert (more.made, len(more.runs)) == (2, 5)
    read = SearchRuns.read(tmp_path / "s")
    assert equal(whole, more) and equal(whole, read)
    assert read.about == more.about
    assert sorted(path.name for path in (tmp_path / "s").iterdir()) == ["runs.arrow", "search.json"]


class Interrupting(InOrder):
    """Is interrupted in the run with one seed."""

    interrupted_seed = -1

    def ask(self) -> Proposal:
        if self.seed == self.interrupted_seed:
            raise KeyboardInterrupt
        return super().ask()


def test_a_search_that_was_interrupted_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run_search(Interrupting, runs=4, **MINI)
    monkeypatch.setattr(Interrupting, "interrupted_seed", seeds_of_run(0, 2)[0])
    with pytest.raises(KeyboardInterrupt):
        run_search(Interrupting, runs=4, out=tmp_path / "s", **MINI)
    assert list(SearchRuns.read(tmp_path / "s").runs) == [0, 1]
    monkeypatch.undo()
    resumed = run_search(Interrupting, runs=4, out=tmp_path / "s", **MINI)
    assert equal(resumed, whole)
    assert resumed.made == 2


def test_one_failing_run_keeps_the_finished_ones(tmp_path: Path) -> None:
    failing = next(run for run in range(50) if seeds_of_run(0, run)[0] % 2)
    with pytest.raises(InputError, match=rf"outside proposed position -1.*; {failing} finished runs are kept in"):
        run_search(Outside, runs=50, out=tmp_path / "s", **MINI)
    assert list(SearchRuns.read(tmp_path / "s").runs) == list(range(failing))


def test_an_algorithm_that_never_ends_is_stopped() -> None:
    with pytest.raises(InputError, match=r"endless has proposed nothing for 0\.05 s"):
        run_search(Endless, runs=1, ask_limit_s=0.05, **MINI)
    with pytest.raises(InputError, match="only_invalid made 10,000 proposals in a row that are no cells"):
        run_search(OnlyInvalid, runs=1, **MINI)


@pytest.mark.parametrize(
    ("algorithm", "message"),
    [
        (users.WithoutAsk, "WithoutAsk has no ask"),
        (users.OtherArguments, "OtherArguments: __init__ must take .* missing a required argument: 'width'"),
        (users.WithoutSuper, r"in_order: __init__ must call super\(\)\.__init__\(candidates, seed=seed\)"),
        (users.Forgetful, r"in_order: __init__ must keep its parameter width as self\.width"),
        (users.WithoutBudgets, r"in_order: budgets\(\) must return numbers of epochs, such as \(108,\), got \(\)"),
        (users.EndlessFromTheStart, r"endless_from_the_start: __init__ has not returned for 0\.05 s"),
        (users.Finished, "finished ended every run before its first evaluation"),
    ],
)
def test_a_class_that_is_no_algorithm_is_refused_in_one_line(algorithm: type[SearchAlgorithm], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run_search(algorithm, runs=1, ask_limit_s=0.05, table="mini", budget=Budget(seconds=3000.0))


def test_an_infinite_limit_is_no_limit() -> None:
    found = run_search(InOrder, runs=1, ask_limit_s=float("inf"), **MINI)
    assert len(found.runs[0]) > 0


class SleepingSource(SlowSource):
    """Its evaluations take longer than an algorithm may."""

    def make(self, epochs: tuple[int, ...], seed: int) -> Evaluator:
        evaluator = super().make(epochs, seed)
        answer = evaluator.evaluate

        def evaluate(proposal: Proposal) -> Answer:
            end_s = time.monotonic() + 0.1
            while time.monotonic() < end_s:  # signals arrive while it computes, as they do in a training
                pass
            return answer(proposal)

        evaluator.evaluate = evaluate  # type: ignore[method-assign]
        return evaluator


def test_an_evaluation_may_take_as_long_as_it_needs(small_candidates: Candidates) -> None:
    source = SleepingSource(small_candidates)
    found = run_search(InOrder, source=source, runs=1, budget=Budget(evaluations=2), ask_limit_s=0.02)
    assert len(found.runs[0]) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"budget": Budget(seconds=1e-3)}, r"a budget of 0\.001 s is below one evaluation: the cheapest cell takes"),
        ({"budget": Budget(epochs=11)}, "a budget of 11 epochs is below one evaluation, which takes 12 epochs"),
        ({"settings": {"epochs": 108}}, r"mini\.arrow has no results after 108 epochs; it has 4, 12"),
        ({"settings": {"epoch": 12}}, "in_order has no setting 'epoch'; its settings are: epochs, step; did you mean"),
        ({"settings": {"epochs": "12"}}, "the setting 'epochs' must be a whole number, such as 12, got '12'"),
        ({"settings": {"epochs": True}}, "the setting 'epochs' must be a whole number"),
        ({"runs": 0}, "runs must be at least 1, got 0"),
        ({"seed": -1}, "the seed must be at least 0, got -1"),
        ({"workers": 0}, "workers must be at least 1, got 0"),
        (
            {"protocol": "papers"},
            "unknown protocol 'papers'; there are: paper, notebook, .*; did you mean paper",
        ),
        ({"ask_limit_s": 0.0}, "ask_limit_s must be above 0"),
        ({"ask_limit_s": "a"}, "ask_limit_s must be above 0, got 'a'"),
        ({"runs": 2.5}, r"runs must be a whole number, got 2\.5"),
        ({"runs": True}, "runs must be a whole number, got True"),
        ({"runs": 2**63 - 1}, "runs must be at most 1,000,000, got 9223372036854775807"),
        ({"seed": 1.5}, r"the seed must be a whole number, got 1\.5"),
        ({"workers": 2.5}, r"workers must be a whole number, got 2\.5"),
        ({"workers": 10**9}, "workers must be at most 10,000"),
        ({"budget": 5}, r"budget must be a Budget, such as Budget\(seconds=1e6\), got 5"),
        ({"protocol": None}, "unknown protocol 'None'"),
        ({"settings": [1]}, "settings must be a dict of parameters"),
        ({"table": 5}, "a table is a name, a file or an open table, got 5"),
        ({"source": 5, "table": None}, r"source must be a source, such as TrainingSource\(\)"),
        ({"deduplicate": "yes"}, "deduplicate must be True or False"),
        ({"out": 5}, "out must be the name of a folder, got 5"),
        ({"settings": {"epochs": 10**6}}, "in_order: a budget in epochs must be at most 32,767"),
        ({"budget": Budget(seconds=1e15)}, "pays for more than 100,000,000 evaluations, which would fill the memory"),
    ],
)
def test_bad_input_is_refused_in_one_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run_search(InOrder, **{**MINI, "runs": 1, **changes})


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("random", "unknown search algorithm 'random'; there are: random_search, .*; did you mean random_search"),
        ("nowhere:Own", "search algorithm 'nowhere:Own': No module named 'nowhere'"),
        ("json:Own", "module 'json' has no 'Own'"),
        ("json:JSONDecoder", "JSONDecoder is no subclass of SearchAlgorithm"),
        (7, "an algorithm is a name or a subclass of SearchAlgorithm, got 7"),
    ],
)
def test_an_unknown_algorithm_is_refused(named: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        run_search(named, runs=1, **MINI)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("mine")
    with pytest.raises(InputError, match="holds file and no search"):
        run_search(InOrder, runs=1, out=tmp_path / "other", **MINI)
    with pytest.raises(InputError, match="is a file; name a folder"):
        run_search(InOrder, runs=1, out=tmp_path / "other" / "file", **MINI)
    run_search(InOrder, runs=1, out=tmp_path / "s", **MINI)
    others: list[tuple[dict[str, Any], str]] = [
        ({"seed": 1}, "seed 0, and 1"),
        ({"settings": {"epochs": 12, "step": 2}}, "settings"),
        ({"deduplicate": True}, "deduplicate false, and true"),
    ]
    for changes, name in others:
        with pytest.raises(InputError, match=f"holds a search with {name}"):
            run_search(InOrder, runs=1, out=tmp_path / "s", **{**MINI, **changes})
    with FileLock(tmp_path / "s" / ".lock"), pytest.raises(InputError, match="another process searches into it"):
        run_search(InOrder, runs=1, out=tmp_path / "s", **MINI)


def test_a_folder_belongs_to_one_class(tmp_path: Path) -> None:
    run_search(InOrder, runs=1, out=tmp_path / "s", **MINI)
    same_name = type("Other", (InOrder,), {"__module__": "elsewhere"})
    with pytest.raises(InputError, match=r'holds a search with class ".*_of_users:InOrder", and "elsewhere:Other" was'):
        run_search(same_name, runs=1, out=tmp_path / "s", **MINI)
    file = tmp_path / "s" / "search.json"
    about = json.loads(file.read_text())
    for name in ("class", "sha256"):
        del about[name]
    file.write_text(json.dumps(about))
    read = read_runs(tmp_path / "s" / "runs.arrow")[0]
    write_runs(tmp_path / "s" / "runs.arrow", read, about)  # as earlier versions wrote both
    assert run_search(InOrder, runs=2, out=tmp_path / "s", **MINI).made == 1
    assert SearchRuns.read(tmp_path / "s").about == about
    assert run_search("random_search", runs=1, **MINI).about["class"] is None


def test_a_folder_without_an_evaluation_takes_the_corrected_search(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="only_invalid made"):
        run_search(OnlyInvalid, runs=1, out=tmp_path / "s", **MINI)
    with pytest.raises(InputError, match="finished ended every run before its first evaluation"):
        run_search(users.Finished, runs=2, out=tmp_path / "s", **MINI)
    assert (tmp_path / "s" / "runs.arrow").exists()
    assert run_search(InOrder, runs=2, out=tmp_path / "s", **MINI).made == 2
    with pytest.raises(InputError, match="holds a search with algorithm"):
        run_search(Outside, runs=2, out=tmp_path / "s", **MINI)


@pytest.mark.parametrize("file", ["runs.arrow", "search.json"])
def test_a_damaged_file_is_named(tmp_path: Path, file: str) -> None:
    run_search(InOrder, runs=2, out=tmp_path / "s", **MINI)
    damaged = tmp_path / "s" / file
    damaged.write_bytes(damaged.read_bytes()[:100])
    with pytest.raises(InputError, match=file.replace(".", r"\.") + ".* remove (the folder|it)"):
        SearchRuns.read(tmp_path / "s")
    with pytest.raises(InputError, match="no search here"):
        SearchRuns.read(tmp_path)


def test_another_search_than_the_runs_have_is_refused(tmp_path: Path) -> None:
    run_search(InOrder, runs=2, out=tmp_path / "s", **MINI)
    file = tmp_path / "s" / "search.json"
    about = json.loads(file.read_text())
    file.write_text(json.dumps({**about, "seed": 7}))
    with pytest.raises(InputError, match="its content differs from its SHA-256"):
        SearchRuns.read(tmp_path / "s")
    del about["sha256"]  # as earlier versions wrote it
    file.write_text(json.dumps(about))
    assert SearchRuns.read(tmp_path / "s").about == about
    file.write_text(json.dumps({**about, "seed": 7}))
    with pytest.raises(InputError, match=r"has the runs of another search than search\.json describes"):
        SearchRuns.read(tmp_path / "s")


def test_values_that_no_search_gives_are_refused_where_there_is_no_digest(tmp_path: Path) -> None:
    run_search(InOrder, runs=1, out=tmp_path / "s", **MINI)
    file = tmp_path / "s" / "runs.arrow"
    with pa.ipc.open_file(file) as reader:
        schema = reader.schema.remove_metadata().with_metadata({ABOUT_KEY: reader.schema.metadata[ABOUT_KEY]})
        (run,) = reader.read_all().to_pylist()
    changes: list[tuple[str, Any]] = [("position", -1), ("repeat", -2), ("cost_s", float("nan")), ("time_s", 1e9)]
    for name, value in changes:
        spoiled = [{**run["evaluations"][0], name: value}, *run["evaluations"][1:]]
        with pa.ipc.new_file(file, schema) as writer:
            writer.write_batch(pa.RecordBatch.from_pylist([{**run, "evaluations": spoiled}], schema=schema))
        with pytest.raises(InputError, match=rf"runs\.arrow: .*run 0: {name} is out of range"):
            SearchRuns.read(tmp_path / "s")


def test_a_state_that_the_algorithm_cannot_use_is_named(tmp_path: Path, small_candidates: Candidates) -> None:
    arguments: dict[str, Any] = {"runs": 1, "budget": Budget(evaluations=20), "out": tmp_path / "s"}
    with pytest.raises(KeyboardInterrupt):
        run_search("regularized_evolution", source=SlowSource(small_candidates, stop_after=12), **arguments)
    file = tmp_path / "s" / "state-0.json"
    saved = read_state(file)
    write_state(file, {**saved, "algorithm": dict.fromkeys(saved["algorithm"])})
    with pytest.raises(InputError, match=r"state-0\.json: not the state of a search, or damaged \(\w+Error: "):
        run_search("regularized_evolution", source=SlowSource(small_candidates), **arguments)
    file.write_bytes(file.read_bytes().replace(b'"random": null', b'"random": true'))
    with pytest.raises(InputError, match="differs from its SHA-256"):
        run_search("regularized_evolution", source=SlowSource(small_candidates), **arguments)


def test_a_slow_run_goes_on_from_its_last_evaluation(
    tmp_path: Path, small_candidates: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nasbench_pytorch.search.one_run._LARGEST_SHARE_OF_SAVING", 1e9)  # after every evaluation
    arguments: dict[str, Any] = {"runs": 2, "budget": Budget(evaluations=20), "out": tmp_path / "s"}
    whole = run_search(InOrder, source=SlowSource(small_candidates), **{**arguments, "out": None})
    with pytest.raises(KeyboardInterrupt):
        run_search(InOrder, source=SlowSource(small_candidates, stop_after=27), **arguments)
    assert (tmp_path / "s" / "state-1.json").exists()
    rest = SlowSource(small_candidates)
    resumed = run_search(InOrder, source=rest, **arguments)
    assert 10**9 - rest.left == 40 - 27
    assert equal(resumed, whole)
    assert resumed.runs[1].test_accuracies is not None
    assert resumed.about["settings"]["epochs"] == 2
    assert not (tmp_path / "s" / "state-1.json").exists()
