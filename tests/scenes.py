"""Scenes of turns, without a class around them."""

from uuid import uuid4

from app.classroom.directing.director import Act
from app.classroom.schema import Voice
from app.classroom.speech.prompting import Scene
from app.courses.schema import Page, Passage

PAGE = "Working memory holds about four things at once. A membrane surrounds each cell."


def asked_about(text: str, title: str = "Cells") -> Scene:
    """The tutor answers a question about a page of these words."""
    page = Page.model_construct(id=uuid4(), number=2, title=title, text=text, notes="", passages=[])
    return Scene(
        class_id=uuid4(),
        course="Cells",
        lesson="Cells",
        page=page,
        act=Act.ANSWER,
        voice=Voice.TUTOR,
        question="What surrounds each cell here?",
        passages=[Passage(id=uuid4(), page=2, text=text)],
    )
