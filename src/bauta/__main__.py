"""`python -m bauta` is the command `bauta`."""

from bauta.cli import main

main()
