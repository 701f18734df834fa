"""The page and its data over HTTP, on loopback only."""
