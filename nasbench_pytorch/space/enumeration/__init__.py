"""Enumeration of all cells up to isomorphism, and the file that stores them."""
