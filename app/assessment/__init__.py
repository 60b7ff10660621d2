"""Questions, tests, answers and marks.

Owns knowledge_component, item, item_version, item_component, paper, paper_item, sitting, sitting_item, answer_save,
attempt and grade. In: questions that instructors write, and answers that students give. Out: `ItemView` (a question
without its key), results once an answer is in, the gradebook, and `AttemptRecord` for learner records. The only
holder of answer keys.
"""
