"""The readers that are fuzzed: each has sound files, a way to change them, and a check of what is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.data_readers import DATA_READERS
from tests.fuzz.explorer_readers import EXPLORER_READERS
from tests.fuzz.layout_readers import LAYOUT_READERS
from tests.fuzz.ledger_readers import LEDGER_READERS
from tests.fuzz.run_readers import RUN_READERS
from tests.fuzz.score_readers import SCORE_READERS
from tests.fuzz.search_readers import SEARCH_READERS
from tests.fuzz.table_readers import TABLE_READERS

if TYPE_CHECKING:
    from tests.fuzz.reader import FuzzedReader

READERS: dict[str, FuzzedReader] = {
    **TABLE_READERS,
    **LAYOUT_READERS,
    **RUN_READERS,
    **LEDGER_READERS,
    **DATA_READERS,
    **SEARCH_READERS,
    **SCORE_READERS,
    **EXPLORER_READERS,
}
