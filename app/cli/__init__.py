"""The commands behind `./lyceum`, a module each.

A command's module has `register(commands)`, which adds its argparse parser and sets `run` to a function that
takes the parsed arguments and returns an exit status. Modules import rooms inside that function, so that
`./lyceum check` does not load them all.
"""
