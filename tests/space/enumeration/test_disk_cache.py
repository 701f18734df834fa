from __future__ import annotations

from pathlib import Path

import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import SearchSpace, SpaceBounds, enumerate_cells
from nasbench_pytorch.space.enumeration.disk_cache import cache_path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NASBENCH_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def small(cache: bool = True) -> SearchSpace:
    return enumerate_cells(max_vertices=4, cache=cache)


def test_a_space_is_kept_and_mapped_the_next_time(cache: Path) -> None:
    first = small()
    assert [file.suffix for file in cache.iterdir()] == [".arrow"]
    second = small()
    assert second.path == first.path == next(cache.iterdir())
    assert second.checksum == first.checksum
    assert not second.columns.hash.flags.writeable


def test_without_the_cache_nothing_is_written(cache: Path) -> None:
    assert small(cache=False).path is None
    assert not cache.exists()


def test_other_bounds_and_operations_have_other_files(cache: Path) -> None:
    small()
    enumerate_cells(max_vertices=4, max_edges=4)
    enumerate_cells(max_vertices=4, operations=("maxpool3x3", "conv3x3-bn-relu"))
    assert len(list(cache.iterdir())) == 3


def test_a_changed_cost_of_an_operation_is_another_file(monkeypatch: pytest.MonkeyPatch) -> None:
    from nasbench_pytorch.space.operations import OPERATION_COSTS, OperationCost

    before = cache_path(SpaceBounds())
    monkeypatch.setitem(OPERATION_COSTS, "maxpool3x3", OperationCost(lambda channels: 1, lambda channels, pixels: 0))
    assert cache_path(SpaceBounds()) != before


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "text", "other space"])
def test_a_damaged_file_is_built_again_with_a_warning(cache: Path, damage: str) -> None:
    good = small()
    file = next(cache.iterdir())
    content = file.read_bytes()
    if damage == "flipped":
        middle = content.index(good.columns.hash[40].tobytes())
        content = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    file.unlink()
    damaged = {"truncated": content[: len(content) // 2], "flipped": content, "empty": b"", "text": b"hello"}
    if damage == "other space":
        good.subset(good.columns.edges < 3).save(file)
        assert small().checksum == good.checksum
        return
    file.write_bytes(damaged[damage])
    with pytest.warns(UserWarning, match="cached search space cannot be used and is built again"):
        assert small().checksum == good.checksum
    assert small().checksum == good.checksum


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("NASBENCH_CACHE_DIR", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match=r"(cannot be cached|cannot be used)"):
        assert len(small()) == 91


@pytest.mark.parametrize("content", [b"", b"hello", b"ARROW1\0\0"])
def test_loading_a_file_that_is_no_space_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "space.arrow"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"space\.arrow: is not a search space, or is damaged"):
        SearchSpace.load(file)


def test_loading_another_arrow_file_is_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import feather

    feather.write_feather(pa.table({"a": [1, 2]}), str(tmp_path / "other.arrow"), compression="uncompressed")
    with pytest.raises(InputError, match="its description has another format than 2"):
        SearchSpace.load(tmp_path / "other.arrow")


def test_loading_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SearchSpace.load(tmp_path / "missing.arrow")


def test_a_space_that_is_too_large_for_the_cache_is_built_each_time(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nasbench_pytorch.space.enumeration.disk_cache.LARGEST_CACHED_BYTES", 1_000)
    assert len(small()) == 91
    assert not cache.exists()
