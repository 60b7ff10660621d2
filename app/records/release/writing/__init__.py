"""How the tables of a release are written to files, and read back: one writer for each format."""
