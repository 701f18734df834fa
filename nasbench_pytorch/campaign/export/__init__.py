"""A campaign's results as a table."""
