"""Pickled batches are read without running code from the pickle."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nasbench_pytorch.datasets.readers.python_batches import read_batch
from nasbench_pytorch.errors import InputError
from tests.helpers.datasets_tiny_cifar10 import TinyCifar10, python2_pickle, python3_pickle


def test_a_copy_pickled_by_python_3_reads_like_the_published_file(tiny: TinyCifar10) -> None:
    images, labels = tiny.test
    for content in (python2_pickle(images, labels), python3_pickle(images, labels)):
        batch = read_batch(content, "batch")
        np.testing.assert_array_equal(batch.images, images)
        np.testing.assert_array_equal(batch.labels, labels)


class Malicious:
    """Object whose pickle asks for a command to be run when it is loaded, as any pickle can."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.file}",)


def test_a_pickle_cannot_run_anything(tmp_path: Path) -> None:
    trace = tmp_path / "was_here"
    for content in (Malicious(trace), {b"data": Malicious(trace), b"labels": []}):
        with pytest.raises(InputError, match=r"asks for (posix|nt)\.system"):
            read_batch(pickle.dumps(content), "batch")
    assert not trace.exists()


@pytest.mark.parametrize(
    ("batch", "said"),
    [
        ([1, 2], "not a CIFAR-10 batch"),
        ({b"data": np.zeros((2, 3), np.uint8), b"labels": [0, 1]}, "uint8 .images, 3072"),
        ({b"data": np.zeros((2, 3072), np.int64), b"labels": [0, 1]}, "uint8 .images, 3072"),
        ({b"data": np.zeros((2, 3072), np.float32), b"labels": [0, 1]}, "array of float32"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0]}, "2 images but 1 labels"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": ["a", "b"]}, "whole numbers"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"fine_labels": [0, 1]}, "whole numbers"),
        ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, 77]}, "image 1 has label 77"),
        ({b"data": np.array([None, "x"], object), b"labels": [0, 1]}, "array of object"),
    ],
)
def test_pickles_of_other_objects_are_refused(batch: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_batch(pickle.dumps(batch, protocol=2), "batch")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x80\x02Nr\xff\xff\xff\x7f.", "asks for a table of 2,147,483,647 objects"),
        (b"\x80\x02cnumpy\ndtype\n}U\x04evilK\x01sb.", "sets attributes of a function"),
        (b"\x80\x02cnumpy\ndtype\nN}U\x05_callK\x01s\x86b.", "sets attributes of a function"),
    ],
)
def test_hostile_instructions_are_refused(content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_batch(content, "batch")


def test_a_label_of_more_than_64_bits_is_refused() -> None:
    batch = {b"data": np.zeros((1, 3072), np.uint8), b"labels": [2**80]}
    with pytest.raises(InputError, match="a label is above 9 or below 0"):
        read_batch(pickle.dumps(batch, protocol=2), "batch")
