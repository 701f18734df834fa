"""Pickles read as data: nothing that a pickle asks for is imported, called or changed."""
