"""Evaluators of the proposals of a search: a table, a training or a zero-cost proxy."""
