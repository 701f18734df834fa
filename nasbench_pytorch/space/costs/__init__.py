"""Channels, parameters and FLOPs of cells, without building a network."""
