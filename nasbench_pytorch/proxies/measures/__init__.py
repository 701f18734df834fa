"""The proxies, one a file; a function's docstring is the proxy's definition."""
