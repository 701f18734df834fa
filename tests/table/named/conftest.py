"""An empty folder of tables for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from nasbench_pytorch import folders


@pytest.fixture(autouse=True)
def table_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "user" / "tables"
    monkeypatch.setenv(folders.TABLE_FOLDER_VARIABLE, str(folder))
    monkeypatch.chdir(tmp_path)
    return folder
