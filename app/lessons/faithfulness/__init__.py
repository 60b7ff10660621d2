"""Whether what a lesson says holds: sentences against their pages, numbers, language, length. No model."""
