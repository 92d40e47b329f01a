"""Reading and writing files: images, tables, seals and stamp files, each complete or refused."""
