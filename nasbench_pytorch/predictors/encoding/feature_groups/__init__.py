"""The groups of features that `cell_features` joins, one per module."""
