"""The card of a published table: what it is, its columns with units, licence and citation, as Hugging Face reads it.

The card is Markdown below a block of YAML. Texts in the YAML are written as JSON, which YAML includes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.printable import escape_controls
from nasbench_pytorch.table.named.named_table import origin_text
from nasbench_pytorch.table.named.registry import NAMED_TABLES, name_of_file

if TYPE_CHECKING:
    import pyarrow as pa

    from nasbench_pytorch.table.named.named_table import NamedTable
    from nasbench_pytorch.table.storage.table_file import TableFile

_LICENSE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}")
_LICENSE_OF_NAMES = "apache-2.0"
"""Licence of google-research/nasbench, which published NAS-Bench-101, and of this package with its own tables."""

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LARGER_SIZES = ((10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"))

_USE = """\
## Use

```python
from datasets import load_dataset

rows = load_dataset("USER/NAME", split="train")  # or the path of this folder
```

Every row is one training. `module_adjacency` and `module_operations` describe its cell, and
`nasbench_pytorch.ModelSpec(row["module_adjacency"], row["module_operations"])` is that cell.
"""

_CITATION = """\
```bibtex
@inproceedings{ying2019nasbench101,
  title     = {{NAS-Bench-101}: Towards Reproducible Neural Architecture Search},
  author    = {Ying, Chris and Klein, Aaron and Christiansen, Eric and Real, Esteban and Murphy, Kevin and
               Hutter, Frank},
  booktitle = {Proceedings of the 36th International Conference on Machine Learning},
  series    = {Proceedings of Machine Learning Research},
  volume    = {97},
  pages     = {7105--7114},
  year      = {2019}
}
```
"""

_FREEREA = """
The mean test accuracies at 108 epochs were published with FreeREA under the MIT licence: Cavagnero, Robbiano, Caputo
and Averta, *FreeREA: Training-Free Evolution-based Architecture Search*, WACV 2023.
"""


def check_license(license_id: str | None) -> None:
    """Raise an error for a licence that cannot stand in a card.

    Raises:
        InputError: it is not a name such as apache-2.0.
    """
    if license_id is not None and not _LICENSE.fullmatch(license_id):
        raise InputError(
            f"--license {license_id[:60]}: give a name as Hugging Face has them, such as apache-2.0, mit, cc-by-4.0 or "
            "other, in lower case"
        )


def card_text(table: TableFile, schema: pa.Schema, license_id: str | None = None) -> tuple[str, str]:
    """Return the text of README.md, and the licence in it.

    Args:
        table: the table.
        schema: columns of the Parquet files.
        license_id: licence as Hugging Face names it; None for that of a table with a name, else `unknown`.
    """
    name = name_of_file(table.path)
    known = NAMED_TABLES.get(name or "")
    used = license_id or (_LICENSE_OF_NAMES if known is not None else "unknown")
    title = f"{known.name}: {known.about}" if known else f"Trainings of {table.cells:,} cells"
    parts = [
        _yaml(title, table.rows, used),
        f"# {_line(title)}\n\n{_what_it_is(table, known)}",
        _USE,
        f"## Content\n\n{_content(table, known)}",
        f"## Columns\n\n{_columns(table, schema)}",
        f"## Licence\n\n{_license_line(used)}",
        f"## Citation\n\n{_CITATION}{_FREEREA if name == 'semireal' else ''}",
    ]
    return "\n".join(parts), used


def _yaml(title: str, rows: int, license_id: str) -> str:
    sizes = (*_SIZES, *_LARGER_SIZES)
    category = next((text for limit, text in sizes if rows < limit), "100M<n<1B")
    return f"""\
---
pretty_name: {json.dumps(escape_controls(title))}
license: {license_id}
tags:
- neural-architecture-search
- nas-bench-101
- cifar-10
- tabular
task_categories:
- tabular-regression
size_categories:
- {category}
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.parquet
---
"""


def _what_it_is(table: TableFile, known: NamedTable | None) -> str:
    about = _line(str(table.metadata.about.get("text", "")))
    if known is not None and set(known.origins.values()) - {"published", "own"}:
        return f"**Not measured: a model's predictions, for trying things out and never for a result.** {about}\n"
    return f"{about or 'Trainings of cells of a NAS-Bench-101 search space, one row for each.'}\n"


def _content(table: TableFile, known: NamedTable | None) -> str:
    metadata = table.metadata
    images = metadata.images_by_set or {"every": metadata.evaluation_images}
    lines = [
        f"{table.cells:,} cells, {table.rows:,} trainings, up to {metadata.repeats} repeats",
        f"budgets of {', '.join(map(str, metadata.epochs))} epochs, each a training of its own",
        f"cells of up to {metadata.module_vertices} vertices and {metadata.max_edges} edges with the operations "
        f"{', '.join(metadata.available_ops)}",
        "accuracies are fractions of " + ", ".join(f"{count:,} images ({name} set)" for name, count in images.items()),
    ]
    if known is not None:
        lines.append(f"where the values come from: {origin_text(known.origins)}")
    if metadata.skeleton:
        lines.append("network: " + ", ".join(f"{name} {value}" for name, value in metadata.skeleton.items()))
    if metadata.source:
        lines.append(f"made from {metadata.source.name}, SHA-256 {metadata.source.sha256}")
    lines.append(f"written by {metadata.written_by}")
    return "".join(f"- {_line(line)}\n" for line in lines)


def _columns(table: TableFile, schema: pa.Schema) -> str:
    """Return a Markdown table with a line for each column: type, unit and meaning."""
    described = {item.name: item for item in table.describe()}
    lines = ["| column | type | unit | meaning |", "|---|---|---|---|"]
    for field in schema:
        item = described.get(field.name)
        cells = (f"`{field.name}`", str(field.type), item.unit if item else "", item.meaning if item else "")
        lines.append("| " + " | ".join(_line(cell).replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, ""])


def _license_line(license_id: str) -> str:
    if license_id == "unknown":
        return "Unknown: the author of the table has named none.\n"
    return f"`{license_id}`\n"


def _line(text: str) -> str:
    """Return a text that stays on its line of Markdown."""
    return escape_controls(" ".join(text.split()))
