"""Search algorithms, one file each. They import the space and predictors, but no table."""
