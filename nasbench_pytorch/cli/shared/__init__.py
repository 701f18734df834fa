"""Code that several subcommands share: flags, errors, command groups, cell and skeleton flags, printed results."""
