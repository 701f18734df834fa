"""Search algorithms, one file each. They know the space and their own proposals, and no table."""
