"""The results of many cells: the original's file and interface, without TensorFlow. Loads no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.lazy import lazy_exports

if TYPE_CHECKING:
    from nasbench_pytorch.table.builder import TableBuilder
    from nasbench_pytorch.table.comparison import compare
    from nasbench_pytorch.table.errors import MissingRowError, OutOfDomainError, UnknownHashError
    from nasbench_pytorch.table.merging import merge
    from nasbench_pytorch.table.nasbench import NASBench
    from nasbench_pytorch.table.row_descriptions import describe_rows
    from nasbench_pytorch.table.storage.fields import describe
    from nasbench_pytorch.table.storage.table_file import TableFile
    from nasbench_pytorch.table.tfrecord.exporter import export_tfrecord
    from nasbench_pytorch.table.tfrecord.frames import read_records, write_record
    from nasbench_pytorch.table.tfrecord.importer import import_tfrecord
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
        "NASBench": "nasbench",
        "OutOfDomainError": "errors",
        "TableBuilder": "builder",
        "TableFile": "storage.table_file",
        "UnknownHashError": "errors",
        "compare": "comparison",
        "describe": "storage.fields",
        "describe_rows": "row_descriptions",
        "export_tfrecord": "tfrecord.exporter",
        "import_tfrecord": "tfrecord.importer",
        "merge": "merging",
        "read_records": "tfrecord.frames",
        "verify": "verification",
        "write_record": "tfrecord.frames",
    },
)
