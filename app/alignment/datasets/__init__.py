"""Data sets to train on: made by a recipe from imported files and from classes, frozen under the hash of their content.

In: files of tutoring data (read as hostile), examples from classes, turns sampled from a model. Out: folders of JSON
lines with a manifest and a card. No conversation is both in a set's training and in its held-back part.
"""
