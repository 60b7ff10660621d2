"""What a person allowed, and what the house owes them.

Owns consent. A person's word on a purpose is a row that is never changed; the newest row of a purpose counts, and where
there is none the answer is no.
"""
