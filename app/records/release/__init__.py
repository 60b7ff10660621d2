"""Releases: research data sets taken from courses, of those who consent and of nobody else.

Owns release, release_person and release_file, and the folder releases/ of the data folder. In: class events, statements
and consent. Out: files (Parquet, CSV, xAPI, DataShop) with a manifest, a code book and a citation. Each release has
pseudonyms and ids of its own, made with a key that is destroyed or kept locked away.
"""
