"""CIFAR-10 with the split of NAS-Bench-101, from any of its usual layouts."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from nasbench_pytorch.datasets.images import ImageData, ImageSet
from nasbench_pytorch.datasets.loaders import Loaders, legacy_loaders
from nasbench_pytorch.datasets.loaders import seed_worker as seed_worker
from nasbench_pytorch.datasets.loaders import train_valid_split as train_valid_split
from nasbench_pytorch.datasets.raw_cifar10 import Published, read_cifar10
from nasbench_pytorch.datasets.readers import CIFAR10_LABELS, RawImages
from nasbench_pytorch.datasets.splits import Split, check_split, divide, sample_set
from nasbench_pytorch.errors import InputError

PUBLISHED = Published()
"""Facts against which `load_cifar10` checks the data."""


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
    """Load CIFAR-10 from `root`, or download it there.

    `root`, or a folder a few levels below it, may hold `cifar-10-batches-py/`, `cifar-10-python.tar.gz`,
    `cifar-10-batches-bin/`, `cifar-10-binary.tar.gz`, or Hugging Face's `train-*.parquet` and `test-*.parquet`.
    Archives are read in memory; nothing is unpacked.

    The default split is the original's: in file order, the first 40,000 images are for training and the last 10,000
    for validation, and train accuracy is measured on the first 10,000. The sample set is the first 10 images of each
    class of the validation images, or of the last 10,000 training images in file order if the validation images have
    too few.

    Args:
        root: the data folder.
        validation_size: training images reserved for validation; 0 trains on all 50,000.
        split: `"file_order"` takes the validation images from the end; `"random"` draws them with `split_seed`, and
            gives the same images as nasbench-pytorch 1.3.1 with that `random_state`.
        split_seed: seed of the random split.
        train_eval_images: number of training images, from the front, on which train accuracy is measured.
        download: download the published archive (170 MB) into `root` if `root` has none of these layouts.
        progress: show a download on stderr.

    Raises:
        InputError: no data and no way to download them, data that are incomplete or damaged, or an impossible split.
        OSError: `root` cannot be read or written.
    """
    check_split(PUBLISHED.train_images, validation_size, split, split_seed, train_eval_images)
    raw = read_cifar10(Path(root), PUBLISHED, download, progress)
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


def prepare_dataset(  # noqa: PLR0913 - signature of 1.3.1
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
    """Return loaders of CIFAR-10 as in nasbench-pytorch 1.3.1; new code should use `load_cifar10`.

    Images are normalised with 1.3.1's standard deviations (.2023, .1994, .2010 on the 0–1 scale), not the original's,
    and every epoch ends with a partial batch.

    Args:
        batch_size: batch size of training and validation.
        test_batch_size: batch size of the test.
        root: the data folder; CIFAR-10 is downloaded into it if missing.
        use_validation: reserve images for validation.
        split_from_end: take the validation images from the end of the training images; otherwise draw them with
            `random_state`.
        validation_size: number of validation images.
        random_state: seed of the split, order, crops and flips; None draws one from torch's global generator.
        set_global_seed: also seed Python's and numpy's global generators with `random_state`.
        no_valid_transform: only normalise the validation images; False also crops, flips and shuffles them.
        num_workers: no effect: batches are made in the calling process, without workers.
        num_val_workers: no effect.
        num_test_workers: no effect.

    Returns:
        `train` and `test`, which give (images, labels) batches; `train_size` and `test_size`, their numbers of images;
        and with validation images also `validation` and `validation_size`.

    Raises:
        InputError: as `load_cifar10`, or `set_global_seed` without a `random_state`.
    """
    del num_workers, num_val_workers, num_test_workers
    seed = int(torch.randint(2**31, ())) if random_state is None else random_state
    if set_global_seed and random_state is None:
        raise InputError("set_global_seed needs a random_state")
    data = load_cifar10(
        root,
        validation_size=validation_size if use_validation else 0,
        split="file_order" if split_from_end else "random",
        split_seed=seed,
    )
    return legacy_loaders(data, batch_size, test_batch_size, seed, set_global_seed, validation_as_is=no_valid_transform)
