"""The isomorphism-invariant hash: one graph in plain Python, many graphs compiled."""
