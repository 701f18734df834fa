"""Retrains cells of the published table and puts the results beside it; see docs/results/reproduction.md."""
