"""The results of many cells: the original's file and interface, without TensorFlow. Loads no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.lazy import lazy_exports

if TYPE_CHECKING:
    from nasbench_pytorch.table.benchmark import NASBench
    from nasbench_pytorch.table.builder import TableBuilder
    from nasbench_pytorch.table.comparison import compare
    from nasbench_pytorch.table.errors import MissingRowError, OutOfDomainError, UnknownHashError
    from nasbench_pytorch.table.exporter import export_tfrecord
    from nasbench_pytorch.table.fields import describe
    from nasbench_pytorch.table.importer import import_tfrecord
    from nasbench_pytorch.table.merging import merge
    from nasbench_pytorch.table.rows_text import describe_rows
    from nasbench_pytorch.table.table_file import TableFile
    from nasbench_pytorch.table.tfrecord import read_records, write_record
    from nasbench_pytorch.table.verification import verify

__all__ = [
    "MissingRowError",
    "NASBench",
    "OutOfDomainError",
    "TableBuilder",
    "TableFile",
    "UnknownHashError",
    "compare",
    "describe",
    "describe_rows",
    "export_tfrecord",
    "import_tfrecord",
    "merge",
    "read_records",
    "verify",
    "write_record",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "MissingRowError": "errors",
        "NASBench": "benchmark",
        "OutOfDomainError": "errors",
        "TableBuilder": "builder",
        "TableFile": "table_file",
        "UnknownHashError": "errors",
        "compare": "comparison",
        "describe": "fields",
        "describe_rows": "rows_text",
        "export_tfrecord": "exporter",
        "import_tfrecord": "importer",
        "merge": "merging",
        "read_records": "tfrecord",
        "verify": "verification",
        "write_record": "tfrecord",
    },
)
