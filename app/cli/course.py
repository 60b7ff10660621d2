"""`./lyceum course`: courses and question banks as files; each verb is a module `course_NAME` of its own."""

import argparse

from app.cli import course_files, course_questions


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    group = commands.add_parser("course", help="courses and question banks as files: in and out")
    verbs = group.add_subparsers(metavar="VERB", required=True)
    course_files.add(verbs)
    course_questions.add(verbs)
