"""Contents of safetensors files whose bytes depend on their content alone."""

from __future__ import annotations

import json

_LENGTH_BYTES = 8
_ALIGNMENT = 8


def with_sorted_metadata(content: bytes) -> bytes:
    """Return the content of a safetensors file with the keys of its metadata in alphabetical order.

    The library writes them in an order that changes from process to process, so equal trainings would have files of
    different digests. Tensors stay where they are: their offsets count from the end of the header.

    Args:
        content: as `safetensors.torch.save` and `safetensors.numpy.save` return it.
    """
    stop = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "little")
    header = json.loads(content[_LENGTH_BYTES:stop])
    metadata = dict(sorted(header.pop("__metadata__", {}).items()))
    header = {"__metadata__": metadata, **header}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(_LENGTH_BYTES, "little") + text + content[stop:]
