"""Search algorithms in compiled code: their draws, moves and decisions, and whole runs against a table's arrays."""
