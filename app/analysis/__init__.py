"""Curriculum analysis: what the records say about a course, its order, and its learners.

Owns measures and reports, prerequisite edges and trials of orders. In: attempts, class events, releases, plain tables.
Out: item and learner models, talk and flow, drop-out risk, curricula, each with its n, its interval and its evidence.
"""
