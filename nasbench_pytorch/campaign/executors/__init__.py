"""Executors: where trials run, one file each, behind the interface of `base`."""
