"""Reports: one HTML file about a run, a campaign, a search or a table."""
