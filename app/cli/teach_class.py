"""A student at the command line: listens to a class, asks what was to be asked, and prints the transcript."""

import time

from pydantic import BaseModel, JsonValue

from app.base.console import say
from app.base.errors import AppError
from app.classroom.schema import Body, ClassEvent, Kind
from app.cli.teach_client import Visitor


class Question(BaseModel):
    """Something to ask once a page is shown. `asked` and `heard` are monotonic times, 0 for not yet."""

    text: str
    page: int
    seq: int = 0
    asked: float = 0
    heard: float = 0
    answered: bool = False

    @classmethod
    def read(cls, words: str) -> "Question":
        """From TEXT@PAGE. Raises AppError for anything else."""
        text, at, page = words.rpartition("@")
        if not (at and text.strip() and page.strip().isdigit() and int(page) > 0):
            raise AppError(f'“{words}” is not a question with its page; write it as --ask "What is this?@2".')
        return cls(text=text.strip(), page=int(page))


class Attendance:
    """One attended class: what happened, which pages were taught, and how long answers took."""

    def __init__(self, student: Visitor, class_id: str, questions: list[Question], began: float) -> None:
        self.student = student
        self.class_id = class_id
        self.questions = questions
        self.began = began
        self.events: list[JsonValue] = []
        self.taught: set[int] = set()
        self.answering: dict[str, int] = {}
        self.names: dict[str, str] = {}
        self.first_taught_s = 0.0
        self.last_seq = 0
        self.page = 0

    @property
    def answered(self) -> int:
        """How many questions were answered."""
        return sum(one.answered for one in self.questions)

    def first_words(self) -> list[float]:
        """Seconds from each question to the first word of its answer."""
        return [round(one.heard - one.asked, 3) for one in self.questions if one.heard]

    def attend(self) -> None:
        """Listen to the end, asking on the way. When all is said and answered, leave."""
        seats = self.student.get(f"/classes/{self.class_id}.json")["cast"]
        self.names = {one["voice"]: f"{one['name']} ({one['duty']})" for one in seats}
        self.names["student"] = "Robin (student)"
        for kind, document in self.student.listen(self.class_id):
            if kind == "delta":
                self._hear(str(document["turn"]))
            else:
                self._follow(ClassEvent.model_validate({**document, "class_id": self.class_id}))

    def _hear(self, turn: str) -> None:
        seq = self.answering.get(turn)
        for one in self.questions:
            if seq and one.seq == seq and not one.heard:
                one.heard = time.monotonic()

    def _follow(self, event: ClassEvent) -> None:
        body, kind = event.body, event.kind
        self.last_seq = event.seq
        self.page = body.page or self.page
        self.events.append(
            {
                "seq": event.seq,
                "kind": kind.value,
                "role": event.voice.value if event.voice else "",
                "text": body.text,
                "page": self.page,
                "sources": [{"page": one.page, "text": one.text} for one in body.sources],
                "fallback": body.fallback,
                "model": body.model,
            }
        )
        if kind is Kind.TURN and body.answers:
            self.answering[str(body.turn)] = body.answers
        elif kind is Kind.PAGE:
            say(f"\n--- page {body.page} ---")
            self._ask(body.page)
        elif kind in (Kind.SAID, Kind.ASKED, Kind.NOTICE):
            self._tell(event)
        if kind is Kind.SAID:
            self._said(body)

    def _ask(self, page: int) -> None:
        for index, one in enumerate(self.questions):
            if one.page == page and not one.seq:
                one.asked = time.monotonic()
                one.seq = self.student.say(self.class_id, one.text, f"ask-{index}")

    def _said(self, body: Body) -> None:
        if body.action is not None:
            self.taught.add(body.page)
            self.first_taught_s = self.first_taught_s or round(time.monotonic() - self.began, 3)
        self._hear(str(body.turn))
        for one in self.questions:
            one.answered = one.answered or (one.seq > 0 and one.seq == body.answers)
        if body.cause == "closing" and all(one.answered for one in self.questions):
            self.student.post(f"/classes/{self.class_id}/control", {"verb": "end"})

    def _tell(self, event: ClassEvent) -> None:
        body = event.body
        pages = sorted({one.page for one in body.sources})
        shown = f"  [page {', '.join(map(str, pages))}]" if pages else ""
        mark = "  (quoted: the model found no words that hold)" if body.fallback else ""
        name = self.names.get(event.voice.value, "Lyceum") if event.voice else "Lyceum"
        say(f"{name}: {body.text}{shown}{mark}")
