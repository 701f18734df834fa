"""The content of a saved predictor: cells and settings as plain values."""
