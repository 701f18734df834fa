"""Raw CIFAR-10 from a folder: find its layout, read and check it, or download it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nasbench_pytorch.datasets.download import CIFAR10_URL, DownloadError, download_archive
from nasbench_pytorch.datasets.readers import LAYOUTS_IN_WORDS, RawDataset, find_layout
from nasbench_pytorch.datasets.readers.archives import ARCHIVE_MD5, BATCH_MD5, PYTHON_ARCHIVE
from nasbench_pytorch.errors import InputError


@dataclass(frozen=True)
class Published:
    """Facts of the published data set; the tests use a smaller one.

    Attributes:
        train_images: number of training images.
        test_images: number of test images.
        batch_images: number of images in each of the five training batches.
        archive_md5: checksum of each archive, by name.
        url: address of the archive with the Python version.
        batch_md5: checksum of each batch file of the Python version, by name.
    """

    train_images: int = 50_000
    test_images: int = 10_000
    batch_images: int = 10_000
    archive_md5: Mapping[str, str] = field(default_factory=lambda: dict(ARCHIVE_MD5))
    url: str = CIFAR10_URL
    batch_md5: Mapping[str, str] = field(default_factory=lambda: dict(BATCH_MD5))


def read_cifar10(root: Path, published: Published, download: bool, progress: bool) -> RawDataset:
    """Read CIFAR-10 from `root`, and download it first if `root` has no layout.

    Raises:
        InputError: no data and no way to download them, or data that are incomplete or damaged.
        OSError: `root` cannot be read or written.
    """
    layout = find_layout(root, published.archive_md5, published.batch_md5)
    if layout is None:
        _download(root, published, download, progress)
        layout = find_layout(root, published.archive_md5, published.batch_md5)
        assert layout is not None
    if layout.missing:
        raise InputError(f"{layout.path}: incomplete {layout.kind}: {', '.join(layout.missing)} missing")
    raw = layout.read()
    for kind, images, expected in (
        ("training", raw.train, published.train_images),
        ("test", raw.test, published.test_images),
    ):
        if len(images) != expected:
            counts = f"{len(images):,} {kind} images, CIFAR-10 has {expected:,}"
            raise InputError(f"{layout.path}: {counts}; the data are incomplete or from another data set")
    return raw


def _download(root: Path, published: Published, download: bool, progress: bool) -> None:
    """Download the archive into `root`, or raise an error that lists the ways to get data."""
    reason = ""
    if download:
        try:
            download_archive(root, progress, published.url, published.archive_md5[PYTHON_ARCHIVE])
        except DownloadError as error:
            reason = f", and it could not be downloaded ({error})"
        else:
            return
    raise InputError(
        f"no CIFAR-10 in {root} ({_describe(root)}){reason}. Three options: point --data-root at a folder with "
        f"{LAYOUTS_IN_WORDS}; or download {published.url} by hand into {root}; or use --dataset digits, which needs "
        "no data"
    )


def _describe(root: Path) -> str:
    """Describe why `root` has no layout."""
    if not root.exists():
        return "there is no such folder"
    return "it holds none of the known layouts" if any(root.iterdir()) else "the folder is empty"
