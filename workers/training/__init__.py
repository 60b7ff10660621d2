"""The only code that imports torch: one script a trainer, each reading top to bottom."""
