"""Loops over millions of records, compiled by numba. Imported only where a file is read or written.

Each does for the usual record exactly what `record.py` does for any; what is unusual is handed back to it.
"""
