"""A deck as the author sees it: its parts and sections, what they are to teach, and what pages show."""
