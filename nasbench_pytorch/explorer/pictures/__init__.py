"""Pictures of tables, campaigns and searches: what to draw; `plots` draws it."""
