"""scikit-learn's 1,797 handwritten digits as small colour images: real data without a download."""

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
    """Load the handwritten digits of scikit-learn as 32×32 RGB images.

    Each pixel of an 8×8 image is repeated 4 × 4 times, and its 17 grey levels are scaled to 0–255 in all three
    channels. The split is fixed and not random: in each class, in file order from 0, images 4, 10, 16, … are for
    validation, images 5, 11, 17, … for the test, and all others for training. This gives 1,204 training, 297 validation
    and 296 test images.

    The digits are not part of NAS-Bench-101; they replace CIFAR-10 where it can be neither found nor downloaded.

    Source: E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI, 1998, test part; bundled with
    scikit-learn.

    Args:
        train_eval_images: number of training images, from the front, on which train accuracy is measured.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    everything = _read_digits()
    remainder = _position_within_class(everything.labels) % 6
    train, validation, test = (
        everything.select(torch.nonzero(chosen).flatten()) for chosen in (remainder < 4, remainder == 4, remainder == 5)
    )
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


def _position_within_class(labels: torch.Tensor) -> torch.Tensor:
    """Count, for each image, the earlier images with the same label."""
    seen = torch.nn.functional.one_hot(labels).cumsum(0)
    return seen.gather(1, labels[:, None]).flatten() - 1
