"""What the readers of several layouts share."""
