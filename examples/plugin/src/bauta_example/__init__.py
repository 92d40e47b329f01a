"""An anonymizer, a recognizer and a dataset for bauta. Importing this package imports nothing else."""
