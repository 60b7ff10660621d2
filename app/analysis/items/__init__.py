"""What answers say about the questions: how hard, how telling, how reliable, and which deserve a second look.

In: a course's source. Out: classical figures with intervals, item response parameters with errors, what each option
attracts, and flags in words. Pure functions on arrays.
"""
