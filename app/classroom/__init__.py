"""The live class: an append-only log of events, its pure fold, and a pure director.

Owns class_session and class_event, the notes people write and what is remembered of a learner. In: an approved
script, and what people do. Out: `ClassEvent`s, each with a gapless sequence number, and the folded `ClassState`.
Class state changes only by appending an event; who speaks next is decided by `director.decide`, which reads state
and script and touches nothing. `service` has the verbs, `schema` the documents; the parts look down only, in this
order: papers and turns, people, speech, directing, stage, log.
"""
