"""The kind of each feature: features of one kind share a length scale in a Gaussian process."""

from __future__ import annotations

from collections.abc import Sequence

_KIND_OF_PREFIX = (
    ("vertices", "counts"),
    ("edges", "counts"),
    ("count_", "counts"),
    ("chain_", "chains"),
    ("paths_", "compositions"),
    ("path", "paths"),
    ("flow_", "paths"),
    ("on_every_path_", "paths"),
    ("depth_", "depths"),
    ("signal_", "signals"),
    ("channels_", "widths"),
    ("output_", "widths"),
    ("project", "widths"),
    ("log_multiplications", "widths"),
    ("", "edges"),
)
"""Beginning of a feature's name → its kind; the first that fits."""

EXTRA = "extra"
"""The kind of columns that the user adds, such as zero-cost proxies."""


def feature_kinds(names: Sequence[str], extra: int = 0) -> list[str]:
    """Return the kind of each column.

    Args:
        names: of the features, as `feature_names` lists them.
        extra: number of added columns, which come last.
    """
    kinds = [next(kind for prefix, kind in _KIND_OF_PREFIX if name.startswith(prefix)) for name in names]
    return kinds + [EXTRA] * extra
