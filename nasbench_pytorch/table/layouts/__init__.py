"""The layouts in which other programs keep NAS-Bench-101, one module each, and their import as a table."""
