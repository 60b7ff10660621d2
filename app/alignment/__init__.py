"""Pedagogical alignment: from what happens in classes to adapters that the model server speaks with.

Owns examples, data sets, runs, evaluations, adapters and rollouts. In: thumbs, choices, edits, guard pairs, outcomes,
files of tutoring data. Out: frozen data sets, run manifests, reports, and which adapter speaks for a role and a
learner.
"""
