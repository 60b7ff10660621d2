"""Titles, objectives and components of a deck's sections, as the author model proposes them; nothing is kept of them
until an instructor has looked and saved.

A proposal is a row: a worker does one section after the other, each between two short transactions, so that a killed
one loses the section it was at. What a person has written stays; where the model's words do not hold against the
section's pages, the section keeps what it had, and is counted.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.base.db import now, unit_of_work
from app.base.lease import Hold
from app.base.marks import data
from app.base.prompts import fill
from app.base.queue import ring_after_commit
from app.base.scripts import is_question
from app.base.text import shorten
from app.courses import service as courses
from app.courses.models import Material
from app.courses.schema import Page
from app.inference.accounting import account
from app.inference.schema import CallStopped, ModelJunk, ModelUnavailable, Prompt, Role
from app.inference.service import NO_MODEL, draft, known_model, model_name
from app.lessons.deck.structure import (
    COMPONENT_LENGTH,
    OBJECTIVE_LENGTH,
    TITLE_LENGTH,
    Node,
    Section,
    Structure,
    structure_of,
    title_by_rule,
)
from app.lessons.models import StructureProposal
from app.lessons.words import foreign_numbers, is_meta, sentences, share, stems, tidy, words

PROMPTS = Path(__file__).with_name("prompts")
BELL = "write.structure"
LEASE, BACK_OFF = timedelta(seconds=20), timedelta(seconds=30)
AWAY = "The language model does not answer. This goes on as soon as it does."
MOST_TOKENS = 240
PAGE_CHARACTERS, SECTION_CHARACTERS = 700, 3000
TITLE_WORDS, COMPONENT_WORDS, OBJECTIVE_WORDS = 8, 5, 25
HELD = 0.6
"""How much of what a title or objective is about must be on the section's pages; of a component all must."""


class ProposalState(StrEnum):
    """Where a proposal stands."""

    WAITING = "waiting"
    WORKING = "working"
    READY = "ready"
    OFF = "off"


class Names(BaseModel):
    """What the author model is asked for of a section; also the JSON schema of its reply."""

    title: str
    objectives: list[str] = Field(min_length=1, max_length=3)
    components: list[str] = Field(min_length=1, max_length=4)


class Proposal(BaseModel):
    """A proposed tree and where it stands: `done` of `total` sections, `kept_as` of them as they were."""

    state: ProposalState
    structure: Structure
    done: int
    total: int
    kept_as: int
    model: str
    trouble: str = ""


@dataclass
class NamesCheck:
    """Holds a section's names against its pages, and keeps those that hold."""

    texts: list[str]
    title: str = ""
    objectives: list[str] = field(default_factory=list)
    components: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ground = {stem for text in self.texts for stem in stems(text)}

    def __call__(self, document: Names) -> str:
        title = tidy(document.title).rstrip(".")
        self.title = title if not self._trouble(title, TITLE_WORDS, HELD) else ""
        said = [_aim(one) for one in document.objectives]
        self.objectives = [one for one in said if not self._trouble(one, OBJECTIVE_WORDS, HELD, has_verb=True)]
        named = [tidy(one).rstrip(".") for one in document.components]
        self.components = [one for one in named if not self._trouble(one, COMPONENT_WORDS, 1.0)]
        if self.objectives and self.components:
            return ""
        first = next(filter(None, (self._trouble(one, OBJECTIVE_WORDS, HELD, has_verb=True) for one in said)), "")
        return first or self._trouble(named[0], COMPONENT_WORDS, 1.0)

    def _trouble(self, text: str, most: int, held: float, has_verb: bool = False) -> str:
        """Why a line cannot be kept, or ""; the verb that an objective begins with need not be on the pages."""
        about = text.partition(" ")[2] if has_verb else text
        if not stems(about) or len(words(text)) > most or is_question(text):
            return f"Be brief and name what is taught: {shorten(text, 80)}"
        if is_meta(text) or foreign_numbers(text, self.texts) or share(about, self.ground) < held:
            return f"The pages do not say this: {shorten(text, 80)}"
        return ""


def _aim(text: str) -> str:
    """An objective without its "Students will be able to", from a capital on."""
    first = (sentences(tidy(text)) or [""])[0].rstrip(".")
    lower = first.casefold()
    for lead in ("students will be able to ", "the student can ", "students can ", "learners can ", "be able to "):
        if lower.startswith(lead):
            first = first[len(lead) :]
            break
    return first[:1].upper() + first[1:]


# ------------------------------------------------------------------------------------------------------- the job


def ask_for_names(session: Session, material_id: UUID) -> None:
    """Have names proposed for the deck's structure as it stands. The caller has checked who asks."""
    tree = structure_of(session, material_id)
    row = session.get(StructureProposal, material_id, with_for_update=True)
    row = row or StructureProposal(id=material_id)
    row.let_go()
    row.state = ProposalState.WAITING.value
    row.tree, row.model, row.trouble = tree.model_dump(mode="json"), known_model(Role.AUTHOR), ""
    row.done, row.kept_as, row.asked_at = 0, 0, now()
    row.total = sum(len(part.sections) for part in tree.parts)
    session.add(row)
    session.flush()
    ring_after_commit(session, BELL, material_id)


def call_off(session: Session, material_id: UUID) -> None:
    """Stop a proposal that is being made. The caller has checked who asks."""
    row = session.get(StructureProposal, material_id, with_for_update=True)
    if row and row.state in (ProposalState.WAITING.value, ProposalState.WORKING.value):
        row.state, row.claim = ProposalState.OFF.value, None


def proposal_of(session: Session, material_id: UUID) -> Proposal | None:
    """The newest proposal for a deck, None where there is none or it was called off."""
    row = session.get(StructureProposal, material_id)
    if row is None or row.state == ProposalState.OFF.value:
        return None
    told = {name: getattr(row, name) for name in ("state", "done", "total", "kept_as", "model", "trouble")}
    return Proposal.model_validate({**told, "structure": row.tree})


def unnamed(session: Session) -> list[UUID]:
    """Decks for the clock to ring for: a proposal waits, or its worker went silent."""
    silent = or_(StructureProposal.lease_until.is_(None), StructureProposal.lease_until < now())
    is_open = StructureProposal.state.in_([ProposalState.WAITING.value, ProposalState.WORKING.value])
    return list(session.scalars(select(StructureProposal.id).where(is_open, silent).limit(100)))


@dataclass(frozen=True)
class Work:
    """A claimed proposal, and what its names are made of: the first `done` sections have theirs."""

    hold: Hold[StructureProposal]
    deck: str
    sections: list[Section]
    done: int
    pages: dict[int, Page]


def name_structure(material_id: UUID) -> None:
    """The job: one section after the other. Safe to run twice."""
    work = _claim(material_id)
    if work is None:
        return
    with work.hold.renewed(), account(work.hold.lost.is_set):
        for at in range(work.done, len(work.sections)):
            try:
                named = _named(work, work.sections[at])
            except CallStopped:
                return
            except ModelUnavailable:
                _wait(work.hold)
                return
            if not _keep(work, at, named):
                return


def _claim(material_id: UUID) -> Work | None:
    model = model_name(Role.AUTHOR)
    with unit_of_work() as session:
        row = session.get(StructureProposal, material_id, with_for_update={"skip_locked": True})
        is_open = row is not None and row.state in (ProposalState.WAITING.value, ProposalState.WORKING.value)
        if row is None or not is_open or row.is_held:
            return None
        hold = Hold.take(row, LEASE)
        row.state, row.model = ProposalState.WORKING.value, row.model if model == NO_MODEL else model
        session.flush()
        pages = {page.number: page for page in courses.pages(session, material_id)}
        deck = session.get_one(Material, material_id).filename.rpartition(".")[0]
        return Work(hold, deck, _sections(Structure.model_validate(row.tree)), row.done, pages)


def _sections(tree: Structure) -> list[Section]:
    return [one for part in tree.parts for one in part.sections]


def _named(work: Work, section: Section) -> Node | None:
    """What of the model's words for a section held, None where nothing did. Raises ModelUnavailable, CallStopped."""
    pages = [work.pages[one] for one in section.pages if one in work.pages]
    check = NamesCheck([f"{page.title}\n{page.text}\n{page.notes}" for page in pages])
    asked = structure_prompt(work.deck, section, pages)
    try:
        draft(Role.AUTHOR, asked, Names, about=work.hold.row_id, max_tokens=MOST_TOKENS, check=check)
    except ModelJunk:
        if not check.objectives and not check.components:
            return None
    return Node(
        title=shorten(check.title, TITLE_LENGTH),
        objectives=[shorten(one, OBJECTIVE_LENGTH) for one in dict.fromkeys(check.objectives)],
        components=[shorten(one, COMPONENT_LENGTH) for one in dict.fromkeys(check.components)],
    )


def _filled(section: Section, named: Node, page_title: str) -> Section:
    """A section with what it lacks of the names: what a person has written stays. A title is lacking that only says
    that of the section's first page.
    """
    is_by_rule = section.title in ("", title_by_rule(page_title, section.pages[0]))
    told = {
        "title": named.title if is_by_rule and named.title else section.title,
        "objectives": section.objectives or named.objectives,
        "components": section.components or named.components,
    }
    return section.model_copy(update=told)


def with_names(session: Session, material_id: UUID) -> Structure | None:
    """The structure there is, with what it lacks of the proposal's names where sections still begin as they did when it
    was made; None without a proposal that is ready. Kept by nobody but a person. The caller has checked who asks.
    """
    proposal = proposal_of(session, material_id)
    if proposal is None or proposal.state is not ProposalState.READY:
        return None
    structure = structure_of(session, material_id)
    titles = {page.number: page.title for page in courses.pages(session, material_id)}
    named = {one.pages[0]: one for one in _sections(proposal.structure)}
    for part in structure.parts:
        part.sections = [
            _filled(one, named[one.pages[0]], titles.get(one.pages[0], "")) if one.pages[0] in named else one
            for one in part.sections
        ]
    return structure


def structure_prompt(deck: str, section: Section, pages: list[Page]) -> Prompt:
    """What the author model reads for the names of a section."""
    left, told = SECTION_CHARACTERS, []
    for page in pages:
        text = data(f"{page.title}\n{page.text}", min(PAGE_CHARACTERS, left))
        left -= len(text)
        told += [text] if text else []
        if left < 80:
            break
    return Prompt(
        system=fill(PROMPTS, "structure_system.txt.j2"),
        turn=fill(PROMPTS, "structure_turn.txt.j2", deck=data(deck, 160), title=data(section.title, 160), pages=told),
    )


def _keep(work: Work, at: int, named: Node | None) -> bool:
    """Put a section's names into the proposal; False when somebody else is at it, or it was called off."""
    with unit_of_work() as session:
        row = work.hold.row(session)
        if row is None:
            return False
        tree = Structure.model_validate(row.tree)
        section = _sections(tree)[at]
        if named:
            first = work.pages.get(section.pages[0])
            filled = _filled(section, named, first.title if first else "")
            section.title, section.objectives, section.components = filled.title, filled.objectives, filled.components
        row.tree, row.trouble = tree.model_dump(mode="json"), ""
        row.done, row.kept_as = at + 1, row.kept_as + (named is None)
        if row.done >= row.total:
            row.state = ProposalState.READY.value
            row.let_go()
    return True


def _wait(hold: Hold[StructureProposal]) -> None:
    """The model is away: leave the rest to the clock until later."""
    with unit_of_work() as session:
        if (row := hold.row(session)) is not None:
            row.state, row.claim, row.trouble = ProposalState.WAITING.value, None, AWAY
            row.lease_until = now() + BACK_OFF
