"""The verbs of the records room."""

from app.records.exporting import export_csv
from app.records.following import answers_wait, follow_answers, rebuild_answers
from app.records.profile import profile
from app.records.projecting import overdue, project, rebuild
from app.records.reading import attendance, class_statements, learner_record, questions_asked

__all__ = [
    "answers_wait",
    "attendance",
    "class_statements",
    "export_csv",
    "follow_answers",
    "learner_record",
    "overdue",
    "profile",
    "project",
    "questions_asked",
    "rebuild",
    "rebuild_answers",
]
