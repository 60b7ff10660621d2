"""Question banks of other programs, read and written: GIFT, Moodle XML, QTI 1.2, 2.x and 3.0, Common Cartridge.

In: a stranger's file, read in a child process with limits. Out: a `Bank`, which says of every question what was taken,
what was lost and why; and files in GIFT, QTI 2.2 and QTI 3.0. Nothing here touches the database.
"""
