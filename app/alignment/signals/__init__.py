"""What people make known about agents' turns, and the examples that come of it.

Owns turn_signal, alignment_example, alignment_set and alignment_set_example. In: thumbs, choices, edits, refused turns,
leaks and outcomes. Out: examples of those who allow it, with whose they are, and which sets held them.
"""
