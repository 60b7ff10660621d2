"""What is kept beside the log: notes, what is remembered of a learner, concerns, a class seen from inside.

Also how people's words are taken out of all of it (`erasing`). Documents are in `documents`.
"""
