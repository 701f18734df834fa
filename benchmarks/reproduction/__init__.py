"""Retraining of cells of the published table, and comparison with it; see docs/results/reproduction.md."""
