"""Generation runs: what a model writes for a lesson, as rows that survive whatever happens to their workers.

A run is a row, and each of its steps is one; what is done in a step is said by its kind (`kinds`). `handing` calls as
many steps as the model takes at once, `carrying` does one, `running` starts, stops and takes up again, `events` is the
log from which pages follow, `estimating` says beforehand what a run will take, `reading` what is shown of it.
"""
