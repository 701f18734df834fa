"""CIFAR-10, split as NAS-Bench-101 splits it, from whichever layout is at hand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch

from nasbench_pytorch.datasets.download import CIFAR10_URL, DownloadError, download_archive
from nasbench_pytorch.datasets.images import ImageData, ImageSet
from nasbench_pytorch.datasets.loaders import Loaders, legacy_loaders
from nasbench_pytorch.datasets.readers import CIFAR10_LABELS, LAYOUTS_IN_WORDS, RawDataset, RawImages, find_layout
from nasbench_pytorch.datasets.readers.archives import ARCHIVE_MD5, PYTHON_ARCHIVE
from nasbench_pytorch.datasets.splits import Split, check_split, divide, sample_set
from nasbench_pytorch.errors import InputError


@dataclass(frozen=True)
class Published:
    """What a complete CIFAR-10 is; the tests have a small one.

    Attributes:
        train_images: number of training images.
        test_images: number of test images.
        batch_images: number of images in each of the five training batches.
        archive_md5: checksum of each archive, by name.
        url: where the archive of the Python version is.
    """

    train_images: int = 50_000
    test_images: int = 10_000
    batch_images: int = 10_000
    archive_md5: Mapping[str, str] = field(default_factory=lambda: dict(ARCHIVE_MD5))
    url: str = CIFAR10_URL


PUBLISHED = Published()


def load_cifar10(
    root: str | os.PathLike[str],
    *,
    validation_size: int = 10_000,
    split: Split = "file_order",
    split_seed: int = 0,
    train_eval_images: int = 10_000,
    download: bool = True,
    progress: bool = True,
) -> ImageData:
    """CIFAR-10 from `root`, or downloaded into it.

    `root`, or a folder a few levels below it, may hold `cifar-10-batches-py/`, `cifar-10-python.tar.gz`,
    `cifar-10-batches-bin/`, `cifar-10-binary.tar.gz`, or Hugging Face's `train-*.parquet` and `test-*.parquet`.
    Archives are read in memory; nothing is unpacked.

    By default the split is the original's: in file order, the first 40,000 images are for training and the last 10,000
    for validation, and train accuracy is measured on the first 10,000. The sample set is the first 10 images of each
    class of the validation images; where those are too few, of the last 10,000 training images in file order.

    Args:
        root: the data folder.
        validation_size: training images kept for validation; 0 trains on all 50,000.
        split: `"file_order"` takes the validation images from the end; `"random"` draws them by `split_seed`, the same
            ones as nasbench-pytorch 1.3.1 with that `random_state`.
        split_seed: of the random split.
        train_eval_images: how many training images, from the front, train accuracy is measured on.
        download: fetch the published archive (170 MB) into `root` where it holds no layout.
        progress: tell of a download on stderr.

    Raises:
        InputError: no data and no way to fetch it, data that are incomplete or damaged, or a split that is impossible.
        OSError: `root` cannot be read or written.
    """
    check_split(PUBLISHED.train_images, validation_size, split, split_seed, train_eval_images)
    raw = _read(Path(root), PUBLISHED, download, progress)
    everything = _image_set(raw.train)
    train, validation = divide(everything, validation_size, split, split_seed)
    last_batch = ImageSet(everything.images[-PUBLISHED.batch_images :], everything.labels[-PUBLISHED.batch_images :])
    return ImageData(
        name="cifar10",
        source=raw.source,
        train=train,
        train_eval=train.take(train_eval_images),
        validation=validation,
        test=_image_set(raw.test),
        sample=sample_set(validation, last_batch, CIFAR10_LABELS),
        num_labels=CIFAR10_LABELS,
    )


def _image_set(raw: RawImages) -> ImageSet:
    return ImageSet(torch.from_numpy(raw.images), torch.from_numpy(raw.labels))


def _read(root: Path, published: Published, download: bool, progress: bool) -> RawDataset:
    layout = find_layout(root, published.archive_md5)
    if layout is None:
        _fetch(root, published, download, progress)
        layout = find_layout(root, published.archive_md5)
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
            raise InputError(f"{layout.path}: {counts}; the data are incomplete or another data set")
    return raw


def _fetch(root: Path, published: Published, download: bool, progress: bool) -> None:
    """Download the archive into `root`, or say everything that a person without data can do."""
    reason = ""
    if download:
        try:
            download_archive(root, progress, published.url, published.archive_md5[PYTHON_ARCHIVE])
        except DownloadError as error:
            reason = f", and it could not be downloaded ({error})"
        else:
            return
    raise InputError(
        f"no CIFAR-10 in {root} ({_what_is_there(root)}){reason}. Three ways out: give with --data-root a folder that "
        f"holds {LAYOUTS_IN_WORDS}; or download {published.url} by hand and put it into {root}; or use "
        "--dataset digits, which needs no data"
    )


def _what_is_there(root: Path) -> str:
    if not root.exists():
        return "there is no such folder"
    return "it holds none of the known layouts" if any(root.iterdir()) else "the folder is empty"


def prepare_dataset(
    batch_size: int,
    test_batch_size: int = 256,
    root: str | os.PathLike[str] = "./data/",
    use_validation: bool = True,
    split_from_end: bool = True,
    validation_size: int = 10_000,
    random_state: int | None = None,
    set_global_seed: bool = False,
    no_valid_transform: bool = True,
    num_workers: int = 0,
    num_val_workers: int = 0,
    num_test_workers: int = 0,
) -> Loaders:
    """Loaders of CIFAR-10 as nasbench-pytorch 1.3.1 gave them; new code is better served by `load_cifar10`.

    Images are normalised with 1.3.1's standard deviations (.2023, .1994, .2010 on the 0–1 scale), not the original's,
    and every epoch ends with a partial batch.

    Args:
        batch_size: of training and validation.
        test_batch_size: of the test.
        root: the data folder; CIFAR-10 is downloaded into it where it is missing.
        use_validation: keep images for validation.
        split_from_end: take those from the end of the training images; else draw them by `random_state`.
        validation_size: how many.
        random_state: seed of the split, and of order, crops and flips; None takes one from torch's global generator.
        set_global_seed: also seed Python's and numpy's global generators with `random_state`.
        no_valid_transform: False also crops, flips and shuffles the validation images.
        num_workers: without effect, like the next two: batches are made at once, without worker processes.
        num_val_workers: without effect.
        num_test_workers: without effect.

    Returns:
        `train` and `test`, which give (images, labels) batches, `train_size` and `test_size`, the numbers of their
        images, and, where images are kept for validation, `validation` and `validation_size`.

    Raises:
        InputError: as `load_cifar10`, or `set_global_seed` without a `random_state`.
    """
    del num_workers, num_val_workers, num_test_workers
    seed = int(torch.randint(2**31, ())) if random_state is None else random_state
    if set_global_seed and random_state is None:
        raise InputError("set_global_seed needs a random_state to set")
    data = load_cifar10(
        root,
        validation_size=validation_size if use_validation else 0,
        split="file_order" if split_from_end else "random",
        split_seed=seed,
    )
    return legacy_loaders(data, batch_size, test_batch_size, seed, set_global_seed, validation_as_is=no_valid_transform)
