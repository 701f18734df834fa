"""Pictures from plain data: matrices, lists of numbers, records. Drawing loads matplotlib, importing does not."""
