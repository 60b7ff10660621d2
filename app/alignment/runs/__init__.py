"""Training runs: what is asked for, what a child process does about it, and what is known of it afterwards.

Owns `alignment_run`. A run is a folder under the data folder (alignment/runs/ID) that holds everything needed to
repeat it: the order, the progress line by line, checkpoints, the adapter, the manifest. The row says where it stands.
In: a recipe and a frozen data set. Out: an adapter and its manifest. The torch code is in workers/training, a process
of its own that is told and asked through files.
"""
