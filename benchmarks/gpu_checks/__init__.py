"""Parts of `benchmarks.gpu`, one module each, and what runs them."""
