"""The folder of a local Ray cluster's sockets."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nasbench_pytorch.campaign.executors import ray_sockets
from nasbench_pytorch.campaign.executors.ray_sockets import temporary_folder
from nasbench_pytorch.errors import InputError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such sockets")
LONG = f"/scratch/{'job' * 30}"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"TMPDIR": "/scratch/job"}, None),
        ({"TMPDIR": ""}, None),
        ({"TMPDIR": LONG}, "/tmp/ray"),
        ({"TMPDIR": LONG, "RAY_TMPDIR": "/scratch"}, None),
        ({"TMPDIR": f"/{'é' * 30}"}, "/tmp/ray"),
    ],
)
def test_a_long_name_gives_way_to_a_short_one(
    environment: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TMPDIR", "RAY_TMPDIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert temporary_folder() == expected


def test_a_name_that_cannot_be_replaced_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RAY_TMPDIR", LONG)
    with pytest.raises(InputError, match=r"RAY_TMPDIR=/scratch/.*: too long .* at most \d+ bytes"):
        temporary_folder()
    monkeypatch.delenv("RAY_TMPDIR")
    monkeypatch.setenv("TMPDIR", LONG)
    monkeypatch.setattr(ray_sockets, "_SHORT", tmp_path / "missing")
    with pytest.raises(InputError, match="TMPDIR=/scratch/"):
        temporary_folder()


def test_the_longest_allowed_name_fits() -> None:
    session = "/ray/session_2026-11-26_09-47-54_040725_4194304/sockets/plasma_store"
    longest = ray_sockets._MOST_BYTES - ray_sockets._NAME_BYTES
    assert len(f"{'x' * longest}{session}\0") == ray_sockets._MOST_BYTES
