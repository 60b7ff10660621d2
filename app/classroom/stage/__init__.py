"""What a class is given: its lesson, its cast and its board.

The agents are files in `members/`, changed per course (`casting`); `lesson` has the approved script with its pages;
`showing` turns to a page and writes its table on the board, which `board` makes into HTML.
"""
