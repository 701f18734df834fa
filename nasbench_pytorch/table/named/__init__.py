"""Tables that have names: what each is, where it is, and how it is imported or built."""
