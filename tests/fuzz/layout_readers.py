"""Readers of tables in foreign layouts."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from nasbench_pytorch.table import import_table
from tests.fuzz.mutations import changed_bytes, changed_json
from tests.fuzz.reader import FuzzedReader
from tests.fuzz.table_readers import use_table
from tests.helpers.layout_samples import EVERY_TRAINING, MEANS
from tests.helpers.table_samples import invented_records


def _foreign(name: str, change: Callable[[bytes, random.Random], bytes] = changed_bytes) -> FuzzedReader:
    """Return the fuzzed import of a foreign layout; of two files, the first by name is changed."""

    def make(folder: Path) -> bytes:
        others = folder / "others"
        others.mkdir()
        first, *_ = sorted({**EVERY_TRAINING, **MEANS}[name](others, invented_records()[:18]))
        content = first.read_bytes()
        first.unlink()
        return content

    def read(path: Path) -> None:
        out = path.with_suffix(".arrow")
        import_table([path, *(path.parent / "others").iterdir()], out)
        use_table(out)

    return FuzzedReader(".any", make, change, read)


LAYOUT_READERS: dict[str, FuzzedReader] = {
    **{f"layout of {name}": _foreign(name) for name in (*EVERY_TRAINING, "GATES", "arch2vec")},
    "layout of NAR-Former, values": _foreign("NAR-Former", changed_json),
    "layout of AlphaX, values": _foreign("AlphaX", changed_json),
    "layout of LaNAS, values": _foreign("LaNAS", changed_json),
}
