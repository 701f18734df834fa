"""Reader of CIFAR-10's binary version: records of one label byte and 3,072 pixel bytes."""

from __future__ import annotations

import numpy as np

from nasbench_pytorch.datasets.readers.raw import IMAGE_BYTES, RawImages, checked
from nasbench_pytorch.errors import InputError

_RECORD_BYTES = 1 + IMAGE_BYTES


def read_batch(content: bytes, where: str) -> RawImages:
    """Read one batch.

    Raises:
        InputError: the size is not a whole number of records, or a label is not 0 to 9.
    """
    if len(content) % _RECORD_BYTES:
        raise InputError(
            f"{where}: truncated or damaged: {len(content):,} bytes are not a whole number of records of "
            f"{_RECORD_BYTES:,} bytes; delete it and download it again"
        )
    records = np.frombuffer(content, dtype=np.uint8).reshape(-1, _RECORD_BYTES)
    return checked(np.ascontiguousarray(records[:, 1:]), records[:, 0].astype(np.int64), where)
