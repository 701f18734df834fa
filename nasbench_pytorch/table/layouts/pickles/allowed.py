"""The names that a pickle may mention. None of them is imported or called: they only say what a node stands for."""

from __future__ import annotations

from nasbench_pytorch.errors import InputError

_NUMPY_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray", "numpy.core.numeric", "numpy._core.numeric")
_BUILTINS = ("bytes", "bytearray", "dict", "float", "frozenset", "int", "list", "set", "slice", "str", "tuple")

PLAIN = frozenset(
    {
        *((module, "_reconstruct") for module in _NUMPY_MODULES),
        *((module, "scalar") for module in _NUMPY_MODULES),
        *((module, "_frombuffer") for module in _NUMPY_MODULES),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("collections", "OrderedDict"),
        ("collections", "defaultdict"),
        ("_codecs", "encode"),
        *((module, name) for module in ("builtins", "__builtin__") for name in _BUILTINS),
    }
)
"""Builtin containers and scalars, numpy's arrays and scalars of numpy 1 and 2, OrderedDict, and defaultdict."""

PANDAS = PLAIN | {
    ("pandas", "DataFrame"),
    ("pandas.core.frame", "DataFrame"),
    ("pandas.core.internals.managers", "BlockManager"),
    ("pandas.core.internals.blocks", "new_block"),
    ("pandas._libs.internals", "_unpickle_block"),
    ("functools", "partial"),
    ("pandas.core.indexes.base", "_new_Index"),
    ("pandas.core.indexes.base", "Index"),
    ("pandas", "Index"),
    ("pandas.core.indexes.range", "RangeIndex"),
    ("pandas", "RangeIndex"),
    ("pandas.core.indexes.numeric", "Int64Index"),
    ("pandas", "StringDtype"),
    ("pandas.arrays", "ArrowStringArray"),
    ("pandas.core.arrays.string_arrow", "ArrowStringArray"),
    ("pandas.core.arrays.string_", "StringDtype"),
    ("pandas.arrays", "StringArray"),
    ("pyarrow.lib", "_restore_array"),
    ("pyarrow.lib", "type_for_alias"),
    ("pyarrow.lib", "py_buffer"),
}
"""`PLAIN`, and what a data frame is made of."""


def check_name(module: str, name: str, allowed: frozenset[tuple[str, str]], where: str) -> None:
    """Refuse a name that is not in `allowed`.

    Raises:
        InputError: the message gives the name.
    """
    if (module, name) not in allowed:
        raise InputError(
            f"{where}: refused: the pickle asks for {ascii(module)[1:-1]:.80}.{ascii(name)[1:-1]:.80}; a table's "
            "pickle holds only builtin containers, numbers, texts and arrays. Nothing of it was run"
        )
