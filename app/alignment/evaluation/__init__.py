"""How well adapters do: figures with intervals, systems side by side.

In: a frozen set held back, or any file of examples or of pairs; systems (the base, runs, adapters). Out: a `Report`.
What a model says is computed by a child process (workers/training/scoring.py) that is told and asked through files;
here is what follows from it, with numpy and scipy alone.
"""
