"""The learning record store: what /xapi keeps and tells, in xAPI 1.0.3 and 2.0.0.

Owns credentials, the index of statements by agent and activity, definitions, attachments and documents. In: JSON
from clients, and the statements made of classes. Out: statements as the standard has them. Both kinds of statement
stand in one table, `statement`. Everything here is plain JSON by the standard's own names; HTTP is the web door's.
"""
