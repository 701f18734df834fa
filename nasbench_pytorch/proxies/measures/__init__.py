"""The proxies, one per file; a function's docstring is the proxy's definition."""
