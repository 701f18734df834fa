"""What the page shows, as arrays and plain values; nothing here knows of HTTP."""
