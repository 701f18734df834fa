"""Compatibility with nasbench-pytorch 1.3.1: its `main.py`, its `train` and `test`, and its checkpoints."""
