"""How fast a training runs here, and what limits it."""
