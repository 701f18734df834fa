"""The map outside of the explorer's page: scripts of reports, and the widget of notebooks."""
