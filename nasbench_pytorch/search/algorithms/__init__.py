"""Search algorithms, one file each. They import the space and predictors, and no table."""
