"""Personal versions: an approved script in other words for one kind of learner.

Owns learner_profile, personal_version, personal_page and course_personal. In: a learner's profile and an approved
version. Out: words for the lines of that version, each checked against the approved ones, which stand wherever a check
refuses.
"""
