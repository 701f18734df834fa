"""Evaluators: what a search asks about a cell. A table, a training, or a zero-cost proxy answers."""
