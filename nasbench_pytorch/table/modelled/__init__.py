"""Modelled rows for every cell: repeats drawn around a mean of each cell, without a training."""

MODEL_VERSION = 1
"""Version of everything that turns stored predictions into rows; raise it when a row changes."""
