"""How learners go through a course: page by page on the deck, module by module until they stop.

In: `Lines` and test results. Out: heat strips, a discrete-time hazard of dropping out with its calibration, survival
curves of cohorts, versions of a lesson compared, and a list of whom to write to.
"""
