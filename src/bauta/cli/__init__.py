"""The command `bauta` and its subcommands."""
