"""Cells as people, programs and files write them, read without running anything."""
