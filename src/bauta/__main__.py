"""`python -m bauta` is the command `bauta`."""

from bauta.cli.main import main

main()
