"""Reader of Hugging Face's layout of CIFAR-10: Parquet files with an encoded image and a label in each row."""

from __future__ import annotations

import fnmatch
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from nasbench_pytorch.datasets.readers.raw import IMAGE_BYTES, SIDE, RawDataset, RawImages, checked, label_array
from nasbench_pytorch.errors import InputError

_IMAGE_COLUMNS = ("img", "image")
_LABEL_COLUMNS = ("label", "labels")
_FORMATS = ("PNG", "JPEG")
_MOST_ROWS = 60_000
"""Images of CIFAR-10; a file of a few bytes may claim any number of rows."""


def parts(names: Iterable[str], split: str) -> list[str]:
    """Return, in order, the file names that are parts of `split` (`"train"` or `"test"`)."""
    return sorted(name for name in names if fnmatch.fnmatchcase(name, f"{split}-*.parquet"))


def read(folder: Path) -> RawDataset:
    """Read `train-*.parquet` and `test-*.parquet`.

    Decoding 60,000 images takes about 3.5 s on one core, little beside any training, so no decoded copy is cached. Two
    threads are no faster, since most of the work holds Python's global lock.

    Raises:
        InputError: a file is damaged, has other columns, or has images that are not 32×32.
    """
    formats: set[str] = set()
    names = [file.name for file in folder.iterdir()]
    train, test = (_read_split([folder / name for name in parts(names, split)], formats) for split in ("train", "test"))
    recoded = " re-coded" if "JPEG" in formats else ""
    return RawDataset(f"parquet ({', '.join(sorted(formats))}{recoded})", train, test)


def _read_split(files: list[Path], formats: set[str]) -> RawImages:
    encoded: list[bytes | None] = []
    labels: list[Any] = []
    where: list[str] = []
    for file in files:
        table = _read_table(file)
        encoded += _encoded_images(table, file)
        labels += _column(table, _LABEL_COLUMNS, file).to_pylist()
        where += [file.name] * (len(encoded) - len(where))
    pixels = np.empty((len(encoded), 3, SIDE, SIDE), dtype=np.uint8)
    for row, content in enumerate(encoded):
        _decode(content, pixels[row], formats, f"{files[0].parent}: {where[row]}: row {row:,}")
    return checked(pixels.reshape(-1, IMAGE_BYTES), label_array(labels, str(files[0])), str(files[0]))


def _read_table(file: Path) -> Any:
    import pyarrow
    import pyarrow.parquet

    try:
        with file.open("rb") as stream, pyarrow.parquet.ParquetFile(stream) as opened:
            rows = opened.metadata.num_rows
            if rows <= _MOST_ROWS:
                return opened.read()
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, PermissionError):
            raise
        reason = str(error).splitlines()[0]
        raise InputError(f"{file}: truncated or damaged ({reason}); delete it and download it again") from error
    raise InputError(f"{file}: not CIFAR-10: {rows:,} rows, at most {_MOST_ROWS:,} are expected in a file")


def _column(table: Any, names: tuple[str, ...], file: Path) -> Any:
    for name in names:
        if name in table.column_names:
            return table[name]
    known = ", ".join(table.column_names)
    raise InputError(f"{file}: not CIFAR-10: no column {' or '.join(names)}; it has: {known}")


def _encoded_images(table: Any, file: Path) -> list[bytes | None]:
    """Return the encoded images; the layout has `struct<bytes, path>`, and a plain binary column is accepted too."""
    import pyarrow

    column = _column(table, _IMAGE_COLUMNS, file).combine_chunks()
    if pyarrow.types.is_struct(column.type) and column.type.get_field_index("bytes") >= 0:
        column = column.field("bytes")
    if not (pyarrow.types.is_binary(column.type) or pyarrow.types.is_large_binary(column.type)):
        raise InputError(f"{file}: not CIFAR-10: images must be encoded bytes, found {column.type}")
    images: list[bytes | None] = column.to_pylist()
    return images


def _decode(content: bytes | None, pixels: np.ndarray, formats: set[str], where: str) -> None:
    """Decode one image into `pixels` [3, 32, 32] and note its format."""
    from PIL import Image, UnidentifiedImageError

    if content is None:
        raise InputError(f"{where}: no image in this row")
    try:
        # No other formats: for some, such as EPS, Pillow starts programs. The size is known before pixels are decoded.
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            width, height = image.size
            if (width, height) != (SIDE, SIDE):
                raise InputError(f"{where}: image of {height}×{width}; CIFAR-10 has {SIDE}×{SIDE}")
            formats.add(str(image.format))
            pixels[:] = np.asarray(image.convert("RGB")).transpose(2, 0, 1)
    except InputError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Warning) as error:
        reason = "neither PNG nor JPEG, or damaged" if isinstance(error, UnidentifiedImageError) else error
        raise InputError(f"{where}: this image cannot be decoded ({reason})") from error
