"""What many tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import hypothesis
import pytest

from tests.helpers.deadlines import SLOW_TEST_DEADLINE_S, TEST_DEADLINE_S

# Examples are the same in every run, so that a red run can be repeated; no limits of time, since machines are slow at
# times.
hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("suite")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Divide the tests by file, where the command line does not name another way."""
    if config.getvalue("dist") != "load":
        return None
    from tests.helpers.scheduling import SchedulingByFile

    return SchedulingByFile(config, log)


@pytest.fixture(scope="session")
def dev_data() -> Path:
    """The folder of development data; a test that asks for it is skipped where there is none."""
    folder = os.environ.get("NASBENCH_DEV_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("development data are not on this machine (NASBENCH_DEV_DATA)")
    return Path(folder)


@pytest.fixture(autouse=True)
def deadline(request: pytest.FixtureRequest) -> Iterator[None]:
    """End a test that waits for ever, whatever it waits for."""
    if not hasattr(signal, "setitimer"):
        yield  # Windows has no such timer
        return
    is_slow = any(request.node.get_closest_marker(name) for name in ("slow", "gpu"))
    limit_s = SLOW_TEST_DEADLINE_S if is_slow else TEST_DEADLINE_S

    def end(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"the test did not end within {limit_s:.0f} s")

    previous = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """A shell starts its background jobs with Ctrl-C ignored; the tests of it need Python's own handler."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def one_torch_thread() -> None:
    """Workers of a parallel run must not fight for cores, and one thread sums in one order."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def undrawn_curves() -> Iterator[Callable[..., None]]:
    """Leave out the picture of each training, which takes longer than a tiny training; `drawn_curves` has it drawn."""
    from nasbench_pytorch.plots import curve

    draw = curve.draw_training_curve
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(curve, "draw_training_curve", lambda *_: None)
        yield draw


@pytest.fixture
def drawn_curves(undrawn_curves: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the pictures of trainings."""
    monkeypatch.setattr("nasbench_pytorch.plots.curve.draw_training_curve", undrawn_curves)


@pytest.fixture(scope="session", autouse=True)
def no_terminal_width() -> Iterator[None]:
    """Output of the suite goes to no terminal; pytest-xdist says otherwise, and narrow tables fold their rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLUMNS", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The suite must neither trust nor fill the cache and the tables of whoever runs it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # the workers share what they enumerate and import
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NASBENCH_CACHE_DIR", str(folder / "own-cache"))
        patch.setenv("NASBENCH_TABLE_DIR", str(tmp_path_factory.mktemp("tables")))
        for name in ("NASBENCH_DATA_DIR", "NASBENCH_TABLE", "NASBENCH_CONFIG_DIR"):
            patch.delenv(name, raising=False)
        yield
