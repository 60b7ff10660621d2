"""People, what they may do, and how they prove who they are.

Owns person, sign_in, enrolment and join_code. In: names, e-mail addresses, passwords, join codes. Out: `Who`,
the signed-in person as a plain value, and yes or no to "may this person do that in this course".
"""
