"""The log of a class and what it comes to.

`writing.OpenLog` is the only place that writes events and the state beside them; `folding` is the pure fold that makes
a `ClassState` of them. What a student's words want and whom they address is read by rule (`hearing`) and kept in the
event, so the fold needs nothing but the log. Looks at no other part of this room.
"""
