"""Export of a campaign's results as a table."""
