"""Safetensors files have the same bytes in every process."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load, save

from nasbench_pytorch.tensor_bytes import with_sorted_metadata

TENSORS = {"weight": np.arange(7, dtype=np.float32), "bias": np.array([[True, False]]), "é": np.zeros((0, 3))}


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=5))
def test_tensors_and_metadata_are_kept(metadata: dict[str, str]) -> None:
    content = with_sorted_metadata(save(TENSORS, metadata))
    found = load(content)
    assert {name: (array.dtype, array.tolist()) for name, array in found.items()} == {
        name: (array.dtype, array.tolist()) for name, array in TENSORS.items()
    }
    length = int.from_bytes(content[:8], "little")
    assert json.loads(content[8 : 8 + length])["__metadata__"] == metadata
    assert length % 8 == 0
    assert with_sorted_metadata(content) == content


def test_the_order_of_the_metadata_does_not_matter(tmp_path: Path) -> None:
    contents = set()
    for order in itertools.permutations(("format", "spec", "digest")):
        # The library's own order changes from process to process; here a header is made in each order.
        place = {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}
        text = json.dumps({"__metadata__": {key: key.upper() for key in order}, "x": place}).encode()
        contents.add(with_sorted_metadata(len(text).to_bytes(8, "little") + text + b"ab"))
    (content,) = contents
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with safe_open(path, "numpy") as file:
        assert file.metadata() == {"format": "FORMAT", "spec": "SPEC", "digest": "DIGEST"}
        assert file.get_tensor("x").tolist() == [97, 98]
