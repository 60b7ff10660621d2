"""The order of a course's topics: what comes before what, which orders that leaves, and whether one teaches better.

Owns prerequisites as instructors settled them, trials of two orders, and who met which of them. In: a course's text and
its answers. Out: prerequisites with a confidence each, orders with their scores, and comparisons with intervals.
"""
