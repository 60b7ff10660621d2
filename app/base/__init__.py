"""The floor every room stands on: settings, database, queue, stream, files, errors, embedded servers.

Owns no tables and imports no room. What comes in: settings from the environment. What goes out: sessions
that commit once, doorbells rung after the commit, live streams, and errors a person can act on.
"""
