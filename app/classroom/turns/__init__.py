"""One live turn as a job: claimed, decided, spoken, appended, decided again; it may run twice or be killed.

`turn` is the job, `lease` keeps the claims of a process alive and learns of cancels. Nothing in this room but the
service looks here.
"""
