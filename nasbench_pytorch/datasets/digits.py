"""scikit-learn's 1,797 handwritten digits as small colour images: real data that is always there."""

from __future__ import annotations

import torch

from nasbench_pytorch.datasets.images import ImageData, ImageSet, first_of_each_class
from nasbench_pytorch.errors import MissingExtraError

DIGITS_MEAN = (77.84, 77.84, 77.84)
"""Mean of the training digits on the 0–255 scale, the same in each channel."""

DIGITS_STD = (95.88, 95.88, 95.88)
"""Standard deviation of the training digits on the 0–255 scale, the same in each channel."""

_ENLARGEMENT = 4
_INK_LEVELS = 16


def load_digits(train_eval_images: int = 300) -> ImageData:
    """The handwritten digits of scikit-learn, shown as 32×32 RGB.

    Each 8×8 image of 17 grey levels has its pixels repeated 4 × 4 times and its grey scaled to 0–255 in all three
    channels. The split is fixed, without chance: of the images of each class in file order, numbers 4, 10, 16, … (from
    0) are validation, numbers 5, 11, 17, … test, all others training. That gives 1,204 training, 297 validation and
    296 test images.

    Not a part of NAS-Bench-101: it stands in where there is no CIFAR-10 and no network to fetch it.

    Source: E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI, 1998, test part; bundled with
    scikit-learn.

    Args:
        train_eval_images: train accuracy is measured on this many training images, from the front.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    everything = _read_digits()
    place = _place_within_class(everything.labels)
    parts = {
        "train": place % 6 < 4,
        "validation": place % 6 == 4,
        "test": place % 6 == 5,
    }
    train, validation, test = (everything.select(torch.nonzero(part).flatten()) for part in parts.values())
    return ImageData(
        name="digits",
        source="scikit-learn load_digits",
        train=train,
        train_eval=train.take(train_eval_images),
        validation=validation,
        test=test,
        sample=first_of_each_class(validation, num_labels=10),
        num_labels=10,
    )


def _read_digits() -> ImageSet:
    try:
        from sklearn.datasets import load_digits as read_digits
    except ImportError as error:
        raise MissingExtraError("scikit-learn, which holds the digits,", "demo") from error
    ink, labels = read_digits(return_X_y=True)
    grey = (torch.from_numpy(ink).view(-1, 1, 8, 8) * 255 / _INK_LEVELS).round().to(torch.uint8)
    large = grey.repeat_interleave(_ENLARGEMENT, dim=2).repeat_interleave(_ENLARGEMENT, dim=3)
    return ImageSet(large.expand(-1, 3, -1, -1).contiguous(), torch.from_numpy(labels).to(torch.int64))


def _place_within_class(labels: torch.Tensor) -> torch.Tensor:
    """How many earlier images have the same label, for each image."""
    seen = torch.nn.functional.one_hot(labels).cumsum(0)
    return seen.gather(1, labels[:, None]).flatten() - 1
