"""The door for operators: the command line, one module per group of commands."""
