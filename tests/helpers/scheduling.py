"""The division of the tests among the processes of a parallel run."""

from __future__ import annotations

from typing_extensions import override
from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "tests/campaign/executors/": "a Ray cluster",
    "tests/model/test_distributed.py": "a process that others are forks of",
    "tests/training/runtime/test_distributed.py": "a process that others are forks of",
    "tests/space/": "the whole space",
}
"""Beginning of a file's name → the expensive thing that these files share, so that one process makes it for all."""


class SchedulingByFile(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist's classes are untyped
    """Sends all tests of a file, or of the files of an entry of `TOGETHER`, to one process: it makes their fixtures once.

    pytest-xdist's own groups (`xdist_group`) do not work with pytest 9.2, which keeps a test's name elsewhere.
    """

    @override
    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((shared for start, shared in TOGETHER.items() if file.startswith(start)), file)
