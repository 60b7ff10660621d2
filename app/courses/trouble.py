"""Trouble while a deck is read, in sentences: with the deck as a whole, or with one page of it."""

TOO_BIG = "Reading this deck takes more memory than allowed. Compress its pictures, or split it, and upload that."
WORDS_PROBLEM = "The words of this page could not be read."
HURT_PROBLEM = "This page is damaged in the file; something may be missing."
PICTURE_PROBLEM = "The picture of this page could not be made."
PAGE_PROBLEM = "This page could not be read."


class DeckProblem(Exception):
    """The deck as a whole cannot be read; `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
