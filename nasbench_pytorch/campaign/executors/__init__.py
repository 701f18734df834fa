"""Where trials run: each executor in its own file, behind the one interface of `base`."""
