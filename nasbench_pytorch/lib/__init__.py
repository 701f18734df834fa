"""Drop-in replacement for the modules of `nasbench.lib` that other packages import."""
