"""Everything that exists only for users of nasbench-pytorch 1.3.1: `main.py`, `train`, `test` and its checkpoints."""
