"""What people do to a draft: edit, undo, restore, compare, have it rewritten, take it over to a new file."""
