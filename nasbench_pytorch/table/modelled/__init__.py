"""Rows for every cell from a mean per cell and a model of what repeats do; no training and no published row."""

MODEL_VERSION = 1
"""Version of everything that turns stored predictions into rows; raise it when a row changes."""
