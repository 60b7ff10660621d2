"""The verbs of the records room."""

from app.records.exporting import export_csv
from app.records.profile import profile
from app.records.projecting import overdue, project, rebuild
from app.records.reading import attendance, class_statements, learner_record, questions_asked

__all__ = [
    "attendance",
    "class_statements",
    "export_csv",
    "learner_record",
    "overdue",
    "profile",
    "project",
    "questions_asked",
    "rebuild",
]
