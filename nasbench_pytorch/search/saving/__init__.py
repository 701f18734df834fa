"""Folders of runs: what a search keeps on disk, and how it is read again."""
