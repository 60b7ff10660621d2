"""Learner records: every class event becomes an xAPI statement.

Owns statement and projection. In: class events. Out: statements with deterministic ids (the same event always makes
the same statement, so projecting twice stores once), the learner's own record, the instructor's view of who attended
and what was asked, and the researcher's CSV.
"""
