"""Readers of published tutoring data, one module a format: each makes lines of what it can use and says what not."""
