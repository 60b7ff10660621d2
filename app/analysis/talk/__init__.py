"""Who talks in a course's classes, how, and what goes with it.

In: `Lines`, test results, codes from the desk. Out: messages and their kinds, shares of talk, the Flanders matrix,
presences, who answers whom, what follows what, and correlations with tests, which are observations and no causes.
"""
