"""What several models share, and the numerical parts of single ones."""
