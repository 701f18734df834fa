"""Tables for searches that must not be read in some way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.table import TableFile

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class TableWithClosedTests(TableFile):
    """A table that fails where a test accuracy is read."""

    def values(self, name: str, rows: npt.NDArray[np.int64] | slice) -> npt.NDArray[np.float64]:
        assert "test" not in name, "a test column was read"
        return super().values(name, rows)
