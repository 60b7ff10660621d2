"""Models of what learners know: knowledge tracing, learning curves, a rating, and when to come back to something.

In: practice, which is who answered something about which skill, in order, and whether it was right. Out: what each
learner knows of each skill with its uncertainty, curves, review dates, and how well each model predicts learners that
it has not seen. Pure functions on arrays, save for the table `mastery`, which follows the answers of a course.
"""
