"""What a person allowed, and what the house owes them.

Owns consent, guardian_consent, audit, audit_salt and erasure. In: people's words on each purpose, guardians' words,
and what is seen of whom. Out: the condition that a query asks before it uses somebody's records, names as instructors
may see them, everything about a person as a zip, an erased account, and the audit log. A word is a row that is never
changed; the newest of a purpose counts, and where there is none the answer is no.
"""
