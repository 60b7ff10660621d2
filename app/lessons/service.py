"""The verbs of the lessons room."""

from app.lessons.access import access_lesson, lessons_of, start
from app.lessons.deck.naming import ask_for_names, call_off, name_structure, proposal_of, unnamed
from app.lessons.draft.asked import rewrites
from app.lessons.draft.changes import changes, history
from app.lessons.draft.comparing import compare
from app.lessons.draft.editing import (
    add_action,
    change_action,
    move_action,
    put_words_of_before,
    remove_action,
    rewrite_page,
    write_by_hand,
)
from app.lessons.draft.moving import move_to_page
from app.lessons.draft.rereading import newest_reading, upload
from app.lessons.draft.restoring import restore
from app.lessons.draft.rewriting import accept, ask_for_rewrite, call_rewrite_off, refuse
from app.lessons.draft.undoing import redo, undo
from app.lessons.faithfulness.checking import checked
from app.lessons.runs.carrying import carry_on
from app.lessons.runs.events import events_after as run_events
from app.lessons.runs.reading import panel
from app.lessons.runs.running import cancel as cancel_run
from app.lessons.runs.running import retry as retry_step
from app.lessons.runs.running import take_up as take_up_run
from app.lessons.versions import approve, latest_version, script, script_of, versions
from app.lessons.writing import begin_writing, open_pages, sweep

__all__ = [
    "accept",
    "access_lesson",
    "add_action",
    "approve",
    "ask_for_names",
    "ask_for_rewrite",
    "begin_writing",
    "call_off",
    "call_rewrite_off",
    "cancel_run",
    "carry_on",
    "change_action",
    "changes",
    "checked",
    "compare",
    "history",
    "latest_version",
    "lessons_of",
    "move_action",
    "move_to_page",
    "name_structure",
    "newest_reading",
    "open_pages",
    "panel",
    "proposal_of",
    "put_words_of_before",
    "redo",
    "refuse",
    "remove_action",
    "restore",
    "retry_step",
    "rewrite_page",
    "rewrites",
    "run_events",
    "script",
    "script_of",
    "start",
    "sweep",
    "take_up_run",
    "undo",
    "unnamed",
    "upload",
    "versions",
    "write_by_hand",
]
