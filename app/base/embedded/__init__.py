"""Embedded parts: real servers from wheels, started as child processes and listening on loopback only.

`folder` is the data folder with its lock, `processes` starts, watches and ends children, `postgres` and `valkey`
describe the two stores, `supervisor` keeps everything running, `address` says where the running parts are.
"""
