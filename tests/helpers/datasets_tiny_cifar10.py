"""A CIFAR-10 of 600 random images, in every layout."""

from __future__ import annotations

import io
import pickle
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from PIL import Image

BATCH_IMAGES = 100
MEMBERS = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"]
Batch = tuple[np.ndarray, np.ndarray]


def integer(number: int) -> bytes:
    return b"J" + struct.pack("<i", number)


def python2_pickle(images: np.ndarray, labels: np.ndarray) -> bytes:
    """Pickle a batch with the instructions that Python 2 and its numpy wrote, as in the published files."""
    dtype = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    pixels = b"T" + struct.pack("<i", images.size) + images.tobytes()
    shape = integer(len(images)) + integer(3072) + b"\x86"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01" + shape + dtype
    numbers = b"".join(integer(int(label)) for label in labels)
    return b"\x80\x02}(U\x04data" + array + b"\x89" + pixels + b"tbU\x06labels](" + numbers + b"eu."


def python3_pickle(images: np.ndarray, labels: np.ndarray) -> bytes:
    """Pickle a batch as Python 3 does when people save a copy."""
    return pickle.dumps({b"data": images.reshape(-1, 3072), b"labels": labels.tolist()}, protocol=2)


def binary(images: np.ndarray, labels: np.ndarray) -> bytes:
    return np.concatenate([labels[:, None].astype(np.uint8), images.reshape(-1, 3072)], axis=1).tobytes()


def encoded(image: np.ndarray, kind: str) -> dict[str, object]:
    stream = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(stream, kind)
    return {"bytes": stream.getvalue(), "path": None}


class Publish(Protocol):
    """Fixture function that lets `load_cifar10` expect the tiny CIFAR-10."""

    def __call__(self, root: Path, url: str = ...) -> None:
        """Use the checksums of the archives in `root`, and download from `url`."""


class TinyCifar10:
    """600 random images that can be written in any layout."""

    def __init__(self) -> None:
        random = np.random.default_rng(0)
        labels = [random.permutation(np.arange(BATCH_IMAGES) % 10) for _ in MEMBERS]
        self.batches = {
            name: (random.integers(0, 256, (BATCH_IMAGES, 3, 32, 32), dtype=np.uint8), labels[number])
            for number, name in enumerate(MEMBERS)
        }

    @property
    def train(self) -> Batch:
        images, labels = zip(*[self.batches[name] for name in MEMBERS[:5]], strict=True)
        return np.concatenate(images), np.concatenate(labels)

    @property
    def test(self) -> Batch:
        return self.batches["test_batch"]

    def files(self, write: Callable[[np.ndarray, np.ndarray], bytes], ending: str = "") -> dict[str, bytes]:
        return {f"{name}{ending}": write(*batch) for name, batch in self.batches.items()}

    def write_folder(self, folder: Path, files: dict[str, bytes]) -> None:
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)

    def write_archive(self, archive: Path, inside: str, files: dict[str, bytes]) -> None:
        archive.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive, "w:gz", compresslevel=1) as opened:
            for name, content in files.items():
                member = tarfile.TarInfo(f"{inside}/{name}")
                member.size = len(content)
                opened.addfile(member, io.BytesIO(content))

    def write_parquet(self, folder: Path, kind: str = "PNG", shards: int = 1) -> None:
        folder.mkdir(parents=True)
        for split, (images, labels) in {"train": self.train, "test": self.test}.items():
            for number, chosen in enumerate(np.array_split(np.arange(len(labels)), shards)):
                rows = {"img": [encoded(images[row], kind) for row in chosen], "label": labels[chosen]}
                name = f"{split}-{number:05d}-of-{shards:05d}.parquet"
                pyarrow.parquet.write_table(pa.table(rows), folder / name)

    def write(self, layout: str, root: Path) -> None:
        """Write `layout`, named as in `ImageData.source`, at its usual position below `root`."""
        if layout == "cifar-10-batches-py":
            self.write_folder(root / layout, self.files(python2_pickle))
        elif layout == "cifar-10-batches-bin":
            self.write_folder(root / layout, self.files(binary, ".bin"))
        elif layout == "cifar-10-python.tar.gz":
            self.write_archive(root / layout, "cifar-10-batches-py", self.files(python2_pickle))
        elif layout == "cifar-10-binary.tar.gz":
            self.write_archive(root / layout, "cifar-10-batches-bin", self.files(binary, ".bin"))
        else:
            self.write_parquet(root / "cifar10" / "plain_text", shards=2)
