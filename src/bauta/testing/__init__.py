"""Contract suites for implementations of bauta's protocols, for bauta's tests and for those of plug-ins."""
