"""Lyceum: an AI classroom platform. The README's map says which room owns what."""

import os

# Our matrices are small and our processes many: threads of a linear algebra library would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
