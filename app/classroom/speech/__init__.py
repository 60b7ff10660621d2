"""What agents say: the scene read in one short transaction, the prompt made of it, and the words, sentence by sentence.

Every sentence passes the `guard`; an answer to an open question is judged first (`scaffold`). `acts` are the lines that
need no model. Prompts are files in `prompts/`.
"""
