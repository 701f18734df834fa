"""Loops over millions of records, compiled by numba. Imported only where a file is read or written.

They handle the usual record exactly as `record.py` handles any record, and leave an unusual record to `record.py`.
"""
