"""Lyceum: an AI classroom platform. The README's map says which room owns what."""
