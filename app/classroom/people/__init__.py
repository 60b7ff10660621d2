"""What people do in a class: open it, join and leave it, speak, steer, watch, teach.

Each verb checks the person's place in the class, locks the log, appends an event and wakes the class. `presence` knows
who has the class open, which is no event.
"""
