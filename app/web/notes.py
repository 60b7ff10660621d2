"""Notes at the door: those of a class, written and taken away, and what is remembered of a learner."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from markupsafe import Markup

from app.accounts.schema import Who
from app.base.errors import Conflict
from app.classroom import service as classroom
from app.classroom.papers.documents import Notes, OwnNotes
from app.classroom.papers.notes import LONGEST_NOTES
from app.classroom.papers.remembering import LONGEST
from app.classroom.schema import ClassView
from app.classroom.stage import board
from app.web.access import Changer, Db, Person
from app.web.pages import go, show, wants_json

router = APIRouter()

Field = Annotated[str, Form()]


def _preview(text: str) -> Markup:
    return board.render_all(board.items_of(text))


def _notes_page(request: Request, view: ClassView, notes: Notes, draft: str = "", trouble: str = "") -> Response:
    """The page of notes; after a conflict with the words that were not saved in the box, and the others beside it."""
    return show(
        request,
        "classes/notes.html",
        status=409 if trouble else 200,
        view=view,
        notes=notes,
        draft=draft or notes.own.text,
        trouble=trouble,
        preview=_preview(draft or notes.own.text),
        limit=LONGEST_NOTES,
    )


@router.get("/classes/{class_id}/notes")
def notes_page(request: Request, session: Db, who: Person, class_id: UUID) -> Response:
    """The notes of a class, for somebody in it: what the note taker wrote, and their own."""
    view = classroom.access_class(session, who, class_id)
    return _notes_page(request, view, classroom.class_notes(session, who, class_id))


@router.get("/classes/{class_id}/notes.json")
def notes_json(session: Db, who: Person, class_id: UUID) -> Notes:
    """The same, for scripts."""
    return classroom.class_notes(session, who, class_id)


@router.get("/classes/{class_id}/notes.md")
def notes_markdown(session: Db, who: Person, class_id: UUID) -> Response:
    """The same, to take away."""
    view = classroom.access_class(session, who, class_id)
    words = classroom.as_markdown(view.title, classroom.class_notes(session, who, class_id))
    headers = {"Content-Disposition": f'attachment; filename="notes-{class_id}.md"', "Cache-Control": "no-store"}
    return Response(words, media_type="text/markdown; charset=utf-8", headers=headers)


@router.post("/classes/{class_id}/notes", response_model=None)
def save_notes(
    request: Request,
    session: Db,
    who: Changer,
    class_id: UUID,
    text: Field = "",
    revision: Annotated[int, Form()] = 0,
) -> Response | OwnNotes:
    """Keep somebody's own notes. `revision` is the one that was changed; 409 says that another tab was faster."""
    try:
        own = classroom.save_notes(session, who, class_id, text, revision)
    except Conflict as conflict:
        if wants_json(request):
            raise
        return _not_saved(request, session, who, class_id, text, conflict.sentence)
    return own if wants_json(request) else go(f"/classes/{class_id}/notes#own", "notes-saved")


def _not_saved(request: Request, session: Db, who: Who, class_id: UUID, text: str, trouble: str) -> Response:
    view = classroom.access_class(session, who, class_id)
    return _notes_page(request, view, classroom.class_notes(session, who, class_id), text, trouble)


@router.post("/classes/{class_id}/notes/preview")
def preview(session: Db, who: Changer, class_id: UUID, text: Field = "") -> Response:
    """Notes as they look, a fragment of HTML; nothing is kept."""
    classroom.access_class(session, who, class_id)
    return Response(_preview(text[:LONGEST_NOTES]), media_type="text/html; charset=utf-8")


@router.get("/record/notes")
def learner_notes(request: Request, session: Db, who: Person) -> Response:
    """What is remembered of the signed-in person from class to class."""
    return show(request, "records/notes.html", notes=classroom.learner_notes(session, who), limit=LONGEST)


@router.post("/record/notes/{note_id}")
def correct_note(session: Db, who: Changer, note_id: UUID, text: Field = "") -> Response:
    """The learner's own words for a note."""
    classroom.correct_note(session, who, note_id, text)
    return go("/record/notes", "note-corrected")


@router.post("/record/notes/{note_id}/delete")
def delete_note(session: Db, who: Changer, note_id: UUID) -> Response:
    """Take a note out for good."""
    classroom.delete_note(session, who, note_id)
    return go("/record/notes", "note-deleted")
