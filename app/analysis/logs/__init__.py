"""Class logs in figures: what the analyses of talk, flow and agents stand on.

Owns log_digest. In: class events, or the events of a release. Out: `Lines`, a row for each thing said or done, coded by
rule, without its words; and the tests' results beside them. Rules are in `rules.toml`, coders' codes stand above them.
"""
