"""The tiny CIFAR-10, and the golden numbers of the original's input pipeline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nasbench_pytorch.datasets import cifar10
from nasbench_pytorch.datasets.readers.archives import ARCHIVE_MD5, file_md5
from tests.datasets.tiny_cifar10 import BATCH_IMAGES, TinyCifar10


def golden(name: str) -> dict[str, np.ndarray]:
    """Arrays that the original's code computed."""
    with np.load(Path(__file__).parents[1] / "golden" / f"{name}.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="session")
def preprocess() -> dict[str, np.ndarray]:
    return golden("preprocess")


@pytest.fixture(scope="session")
def tiny() -> TinyCifar10:
    return TinyCifar10()


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the tiny CIFAR-10 the one that is expected, with the checksums of whatever archives lie in a folder."""

    def apply(root: Path, url: str = "http://127.0.0.1:9/cifar-10-python.tar.gz") -> None:
        found = {name: file_md5(root / name) for name in ARCHIVE_MD5 if (root / name).is_file()}
        published = cifar10.Published(5 * BATCH_IMAGES, BATCH_IMAGES, BATCH_IMAGES, {**ARCHIVE_MD5, **found}, url)
        monkeypatch.setattr(cifar10, "PUBLISHED", published)

    return apply
