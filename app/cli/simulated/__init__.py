"""Simulated learners whose abilities are known, so that what is read from records can be held against the truth.

`course` makes the course they attend, `learners` says who they are and how they answer, `classes` writes down what
happens in their classes, `school` puts it all into the stores.
"""
