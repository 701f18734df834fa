"""Cells and accuracies as the arrays that models learn from."""
