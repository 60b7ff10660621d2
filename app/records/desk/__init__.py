"""The researcher's desk: a course's records under pseudonyms, and the coding of what was said.

Owns desk_token and the coding tables. In: statements, consent, who reads. Out: records as documents, page by page, for
the page and for programs that have a token; a class as a transcript that can be replayed; codes of utterances, given
by people and by a model, with how far they agree. Researchers meet only people who consent to research; words are
shown of those alone, and what could name somebody in them is masked.
"""
