"""From a page's words to teaching actions, by rule: points, the board, where to point, when to stop and sum up."""
