"""`run_campaign`, with workers that train nothing."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from typing_extensions import override

from nasbench_pytorch.campaign import CampaignOptions, DriverReport, Watcher, read_status, run_campaign
from nasbench_pytorch.campaign.ledger.connection import read_stored
from nasbench_pytorch.errors import InputError
from tests.helpers.campaign_fakes import TINY, Instant, connected
from tests.helpers.deadlines import DEADLINE_S

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.outcomes import Outcome
    from nasbench_pytorch.campaign.trials import Trial

pytestmark = pytest.mark.usefixtures("commit_every_outcome")


@pytest.fixture(autouse=True)
def instant_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nasbench_pytorch.campaign.run.TrainingFactory", lambda *arguments: Instant())


class Recorder(Watcher):
    """A watcher that records its calls, and sends this process a signal after the first outcomes."""

    def __init__(self, signal_number: int | None = None) -> None:
        self.calls: list[str] = []
        self._signal_number = signal_number

    @override
    def begin(self, folder: Path, slots: int) -> None:
        self.calls.append(f"begin {folder.name} {slots}")

    @override
    def update(self, outcomes: Sequence[tuple[Trial, Outcome]], running: Sequence[Trial]) -> None:
        if outcomes and self._signal_number is not None:
            os.kill(os.getpid(), self._signal_number)
            self._signal_number = None

    @override
    def note(self, text: str) -> None:
        self.calls.append(text.partition(":")[0])

    @override
    def end(self) -> None:
        self.calls.append("end")


def endings(folder: Path) -> list[str]:
    with connected(folder) as connection:
        return [row[0] for row in connection.execute("SELECT ending FROM sessions ORDER BY number")]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_a_run_and_the_folder_alone_resumes_it(tmp_path: Path, number: int) -> None:
    folder, watcher = tmp_path / "c", Recorder(number)
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    report = run_campaign(folder, TINY, options=CampaignOptions(max_tries=7), watcher=watcher)
    assert (report.stopped, report.signal_number) == (True, number)
    assert 0 < report.finished < 28
    assert watcher.calls == ["begin c 1", "stopping", "end"]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    rest = run_campaign(folder)
    assert report.finished + rest.finished == 28
    assert read_stored(folder, "options")["max_tries"] == 7
    assert endings(folder) == ["stopped", "clean"]


def test_a_run_outside_the_main_thread_leaves_signals_alone(tmp_path: Path) -> None:
    reports: list[DriverReport] = []
    thread = threading.Thread(target=lambda: reports.append(run_campaign(tmp_path, TINY)))
    thread.start()
    thread.join(DEADLINE_S)
    assert [report.finished for report in reports] == [28]


def test_a_new_campaign_without_a_worker_that_can_work_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> NoReturn:
        raise InputError("no data here")

    run_campaign(tmp_path / "old", TINY)
    monkeypatch.setattr("nasbench_pytorch.campaign.run.TrainingFactory", lambda *arguments: refuse)
    watcher = Recorder()
    with pytest.raises(InputError, match="no data here"):
        run_campaign(tmp_path / "new", TINY, watcher=watcher)
    assert not (tmp_path / "new").exists()
    assert watcher.calls == ["begin new 1", "end"]
    with pytest.raises(InputError, match="no data here"):
        run_campaign(tmp_path / "old", options=CampaignOptions(device="cuda:7"))
    assert endings(tmp_path / "old") == ["clean", "refused"]
    assert read_stored(tmp_path / "old", "options")["device"] == "auto"


def test_options_that_do_not_go_together_leave_no_campaign(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--max-tries must be at least 1"):
        run_campaign(tmp_path / "new", TINY, options=CampaignOptions(max_tries=0))
    with pytest.raises(InputError, match="the serial executor has one"):
        run_campaign(tmp_path / "new", TINY, options=CampaignOptions(executor="serial", workers=2))
    with pytest.raises(InputError, match="there is no campaign"):
        run_campaign(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_an_order_by_repeats_begins_with_one_repeat_of_everything(tmp_path: Path) -> None:
    run_campaign(tmp_path, TINY, order="repeats")
    with connected(tmp_path) as connection:
        repeats = [row[0] & 1 for row in connection.execute("SELECT trial FROM attempts ORDER BY number")]
    assert repeats == [0] * 14 + [1] * 14
    assert read_status(tmp_path).count("finished") == 28
