"""The groups of features that `cell_features` joins, one a module."""
