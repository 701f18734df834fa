"""Rows for every cell from a mean per cell and a model of what repeats do; no training and no published row."""
