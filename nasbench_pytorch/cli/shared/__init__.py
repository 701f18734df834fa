"""What several subcommands share: flags, errors, groups of commands, cells, results in words."""
