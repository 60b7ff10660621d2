"""Courses, modules, and course material read into pages and passages.

Owns course, module, material, page and passage, and the page pictures on disk. In: an uploaded PDF or PPTX.
Out: `Page` and `Passage` documents with their source, and search over passages. Decks are read in a child
process with limits; a page that fails is marked and the rest goes on.
"""
