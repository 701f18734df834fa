"""Pictures from plain data: matrices, lists of numbers, records. matplotlib is loaded when something is drawn."""
