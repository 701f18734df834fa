"""The tiny CIFAR-10, and the golden pictures of the original's input pipeline."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nasbench_pytorch.datasets import cifar10
from nasbench_pytorch.datasets.raw_cifar10 import Published
from nasbench_pytorch.datasets.readers.archives import ARCHIVE_MD5, file_md5
from tests.golden.goldens import golden_arrays
from tests.helpers.datasets_tiny_cifar10 import BATCH_IMAGES, MEMBERS, Publish, TinyCifar10


@pytest.fixture(scope="session")
def preprocess() -> dict[str, np.ndarray]:
    return golden_arrays("preprocess")


@pytest.fixture(scope="session")
def tiny() -> TinyCifar10:
    return TinyCifar10()


@pytest.fixture
def data_folder(tiny: TinyCifar10, publish: Publish, tmp_path: Path) -> Path:
    """Return a folder with the Python version of the tiny CIFAR-10."""
    tiny.write("cifar-10-batches-py", tmp_path)
    publish(tmp_path)
    return tmp_path


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Let `load_cifar10` expect the tiny CIFAR-10, with the checksums of the files in a folder."""

    def apply(root: Path, url: str = "http://127.0.0.1:9/cifar-10-python.tar.gz") -> None:
        found = {name: file_md5(root / name) for name in ARCHIVE_MD5 if (root / name).is_file()}
        batches = {name: file_md5(file) for name in MEMBERS for file in root.rglob(name)}
        published = Published(5 * BATCH_IMAGES, BATCH_IMAGES, BATCH_IMAGES, {**ARCHIVE_MD5, **found}, url, batches)
        monkeypatch.setattr(cifar10, "PUBLISHED", published)

    return apply
