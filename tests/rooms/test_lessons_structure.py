"""The structure of a deck: proposed from titles and words, saved by a person, fitted when pages change."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import decks
import pytest
from making import make_person
from parts import Services
from schools import upload
from sqlalchemy import delete, select, update
from stub_model import Scripted, StubModel

from app.accounts.schema import SiteRole, Who
from app.assessment import service as assessment
from app.base.db import now, unit_of_work
from app.base.errors import Conflict, Invalid
from app.base.settings import get_settings
from app.courses import service as courses
from app.courses.models import Material, PageRow, PassageRow
from app.inference.breaker import breaker_of
from app.inference.service import embed
from app.lessons import service as lessons
from app.lessons.deck import naming
from app.lessons.deck.keeping import Deck, deck_of
from app.lessons.deck.naming import AWAY, Names, NamesCheck, ProposalState, with_names
from app.lessons.deck.rearranging import Step, rearranged
from app.lessons.deck.structure import (
    Node,
    PageSketch,
    Part,
    Section,
    Structure,
    build,
    by_rule,
    fitted,
    save,
    structure_of,
)
from app.lessons.models import StructureProposal

PLANTS = [
    "Roots drink water from the soil.",
    "Root hairs take water and minerals.",
    "Water rises from the roots in the stem.",
]
MONEY = [
    "Banks lend money at interest.",
    "Interest on a loan is the price of money.",
    "Inflation makes money worth less.",
]


def sketch(number: int, title: str, text: str) -> PageSketch:
    return PageSketch(number=number, title=title, words=len(text.split()), vector=embed([text])[0])


def shape(structure: Structure) -> list[list[list[int]]]:
    return [[one.pages for one in part.sections] for part in structure.parts]


def test_a_turn_of_the_words_begins_a_section() -> None:
    pages = [sketch(at, f"Page {text[:9]}", f"{text} " * 4) for at, text in enumerate([*PLANTS, *MONEY], 1)]
    assert shape(by_rule(pages)) == [[[1, 2, 3], [4, 5, 6]]]
    found = by_rule(pages)
    assert [one.title for one in found.parts[0].sections] == ["Page Roots dri", "Page Banks len"]


def test_a_page_of_a_heading_begins_a_part() -> None:
    texts = [("Plants", "Plants"), *(("Roots", f"{one} " * 4) for one in PLANTS), ("Money", "Money")]
    pages = [
        sketch(at, title, text)
        for at, (title, text) in enumerate([*texts, *(("Loans", f"{one} " * 4) for one in MONEY)], 1)
    ]
    found = by_rule(pages)
    assert [part.title for part in found.parts] == ["Plants", "Money"]
    assert found.parts[1].sections[0].pages[0] == 5


def test_pages_under_one_title_stay_together() -> None:
    texts = [*PLANTS, MONEY[0], PLANTS[0], MONEY[1]]
    pages = [sketch(at, f"Water ({at})" if at > 1 else "Water", f"{text} " * 4) for at, text in enumerate(texts, 1)]
    assert shape(by_rule(pages)) == [[[1, 2, 3, 4, 5, 6]]]
    assert by_rule(pages).parts[0].title == "Water"


def test_small_decks_and_none() -> None:
    assert by_rule([]).parts == []
    assert shape(by_rule([PageSketch(number=1, title="", words=0)])) == [[[1]]]
    assert by_rule([PageSketch(number=1, title="", words=0)]).parts[0].title == "Page 1"


def test_building_keeps_what_is_known() -> None:
    known = {3: Node(title="Mine", objectives=["Say it"], components=["Cells"])}
    found = build([1, 2, 3, 4], {1: "", 2: "odd", 3: "section", 4: "part"}, {4: "Last (2/3)"}, {}, known)
    assert shape(found) == [[[1, 2], [3]], [[4]]]
    assert found.parts[0].sections[1].objectives == ["Say it"]
    assert found.parts[1].title == "Last"


def test_a_tree_is_fitted_to_the_pages_there_are() -> None:
    tree = build([1, 2, 3, 4, 5], {3: "section", 5: "part"}, {5: "End"})
    grown = [PageSketch(number=at, title=f"T{at}", words=1) for at in range(1, 8)]
    assert shape(fitted(tree, grown)) == [[[1, 2], [3, 4]], [[5, 6, 7]]]
    assert shape(fitted(tree, grown[:2])) == [[[1, 2]]]
    assert shape(fitted(tree, grown[2:4])) == [[[3, 4]]]
    assert fitted(tree, grown).parts[1].title == "End"


@pytest.fixture
def who(db: Services) -> Who:
    return make_person("ines@school.test", SiteRole.INSTRUCTOR)


@pytest.fixture
def material(who: Who) -> UUID:
    with unit_of_work() as session:
        course = courses.create_course(session, who, "Water")
    made = upload(who, course, decks.pptx_deck())
    courses.read_deck(made)
    return made


def test_what_a_person_saves_holds(who: Who, material: UUID) -> None:
    with unit_of_work() as session:
        proposed = structure_of(session, material)
    assert proposed.revision == 0
    assert [page for part in proposed.parts for one in part.sections for page in one.pages] == [1, 2, 3, 4]
    sections = [Section(title="Up", components=["Vapour", " "], pages=[1, 2]), Section(title="Down", pages=[3, 4])]
    mine = Structure(parts=[Part(title=" The  whole ", objectives=["Draw it", "", "Draw it"], sections=sections)])
    with unit_of_work() as session:
        save(session, who, material, mine)
    with unit_of_work() as session:
        kept = structure_of(session, material)
        assert (kept.revision, kept.parts[0].title, kept.parts[0].objectives) == (1, "The whole", ["Draw it"])
        assert kept.parts[0].sections[0].components == ["Vapour"]
        with pytest.raises(Conflict):
            save(session, who, material, mine)
        lost = build([1, 2, 3], {}, {}).model_copy(update={"revision": 1})
        with pytest.raises(Invalid, match="changed meanwhile"):
            save(session, who, material, lost)
        many = build([1, 2, 3, 4], {}, {}, {1: Node(components=[f"c{at}" for at in range(9)])})
        with pytest.raises(Invalid, match="at most"):
            save(session, who, material, many.model_copy(update={"revision": 1}))


def kept(material: UUID) -> Deck:
    with unit_of_work() as session:
        return deck_of(session, material)


def test_a_deck_stays_in_the_process_until_something_it_is_made_of_changes(who: Who, material: UUID) -> None:
    first = kept(material)
    assert kept(material) is first
    assert [page.number for page in first.pages] == [1, 2, 3, 4]
    with unit_of_work() as session:
        assert first.structure == structure_of(session, material)
        save(session, who, material, build([1, 2, 3, 4], {3: "section"}, {}))
    saved = kept(material)
    assert shape(saved.structure) == [[[1, 2], [3, 4]]]
    with unit_of_work() as session:
        page = session.scalars(select(PageRow).where(PageRow.material_id == material, PageRow.number == 2)).one()
        page.text = "Read anew."
    reread = kept(material)
    assert reread.pages[1].text == "Read anew."
    with unit_of_work() as session:
        session.execute(delete(PassageRow).where(PassageRow.page_id == page.id))
    assert kept(material) is not reread


def test_pages_are_read_by_their_numbers(material: UUID) -> None:
    with unit_of_work() as session:
        every = courses.pages(session, material)
        assert courses.pages(session, material, [3, 2]) == every[1:3]
        assert courses.page(session, every[1].id) == every[1]
        assert [page.passages for page in every if page.passages]


# ------------------------------------------------------------------------------------------------------ rearranging


def tree() -> Structure:
    """Pages 1-2 and 3-4 in a first part, 5-6 in a second."""
    nodes = {
        3: Node(title="Up", objectives=["Draw it"], components=["Steam"]),
        1: Node(title="Sea", components=["Ice"]),
    }
    return build([1, 2, 3, 4, 5, 6], {3: "section", 5: "part"}, {5: "End"}, {5: Node(title="Last")}, nodes)


@pytest.mark.parametrize(
    ("step", "page", "wanted"),
    [
        (Step.EARLIER, 3, [[[1], [2, 3, 4]], [[5, 6]]]),
        (Step.LATER, 3, [[[1, 2, 3], [4]], [[5, 6]]]),
        (Step.LATER, 5, [[[1, 2], [3, 4, 5]], [[6]]]),
        (Step.MERGE, 3, [[[1, 2, 3, 4]], [[5, 6]]]),
        (Step.MERGE, 5, [[[1, 2], [3, 4], [5, 6]]]),
        (Step.MERGE, 1, [[[1, 2], [3, 4]], [[5, 6]]]),
        (Step.EARLIER, 4, [[[1, 2], [3, 4]], [[5, 6]]]),
    ],
)
def test_a_tree_is_rearranged_in_steps(step: Step, page: int, wanted: list[list[list[int]]]) -> None:
    assert shape(rearranged(tree(), step, page)) == wanted


def test_a_step_that_leads_nowhere_changes_nothing() -> None:
    last = rearranged(rearranged(tree(), Step.LATER, 5), Step.LATER, 6)
    assert shape(last) == [[[1, 2], [3, 4, 5]], [[6]]]
    first = rearranged(rearranged(tree(), Step.EARLIER, 3), Step.EARLIER, 2)
    assert shape(first) == [[[1], [2, 3, 4]], [[5, 6]]]


def test_what_was_said_of_a_section_goes_where_it_goes() -> None:
    moved = rearranged(tree(), Step.EARLIER, 3).parts[0].sections[1]
    assert (moved.title, moved.objectives, moved.pages) == ("Up", ["Draw it"], [2, 3, 4])
    merged = rearranged(tree(), Step.MERGE, 3).parts[0].sections[0]
    assert (merged.title, merged.objectives, merged.components) == ("Sea", ["Draw it"], ["Ice", "Steam"])


# ------------------------------------------------------------------------------------------------------ names proposed

NAMES = {
    "title": "How water rises",
    "objectives": ["Students will be able to explain how water rises from the roots.", "Recite the French kings"],
    "components": ["Root hairs", "Napoleon"],
}


def test_names_hold_only_where_the_pages_say_them() -> None:
    check = NamesCheck([" ".join(PLANTS)])
    assert check(Names.model_validate(NAMES)) == ""
    assert check.title == "How water rises"
    assert check.objectives == ["Explain how water rises from the roots"]
    assert check.components == ["Root hairs"]
    wrong = Names(title="Kings", objectives=["Name 14 French kings"], components=["Napoleon"])
    assert "The pages do not say this" in check(wrong)


def propose(material: UUID) -> None:
    with unit_of_work() as session:
        lessons.ask_for_names(session, material)
    lessons.name_structure(material)


def test_names_are_proposed_section_by_section_and_kept_by_nobody_but_a_person(
    who: Who, material: UUID, stub: StubModel
) -> None:
    with unit_of_work() as session:
        before = structure_of(session, material)
        words = [page.text for page in courses.pages(session, material)]
    named = next(word for word in words[0].split() if len(word) > 4)
    reply = {"title": named, "objectives": [f"Explain {named}"], "components": [named]}
    stub.script(Scripted(match="lay out a lecture", reply=json.dumps(reply)))
    propose(material)
    with unit_of_work() as session:
        found = lessons.proposal_of(session, material)
        assert structure_of(session, material) == before
    assert found is not None
    assert (found.state, found.done, found.model) == (ProposalState.READY, found.total, "stub-model")
    first = found.structure.parts[0].sections[0]
    assert (first.objectives, first.components) == ([f"Explain {named}"], [named])


def test_junk_leaves_sections_as_the_rule_made_them(who: Who, material: UUID, stub: StubModel) -> None:
    stub.script(Scripted(fault="junk"))
    propose(material)
    with unit_of_work() as session:
        found = lessons.proposal_of(session, material)
        assert found is not None
        assert (found.state, found.kept_as) == (ProposalState.READY, found.total)
        assert found.structure.parts == structure_of(session, material).parts
        assert lessons.unnamed(session) == []


def test_a_lost_worker_is_followed_and_one_called_off_stops(who: Who, material: UUID, stub: StubModel) -> None:
    with unit_of_work() as session:
        lessons.ask_for_names(session, material)
        assert lessons.unnamed(session) == [material]
        session.get_one(StructureProposal, material).state = "working"
    with unit_of_work() as session:
        assert lessons.unnamed(session) == [material]
        lessons.call_off(session, material)
    lessons.name_structure(material)
    with unit_of_work() as session:
        assert lessons.proposal_of(session, material) is None
    assert not stub.log


def test_a_model_that_is_away_is_waited_for(who: Who, material: UUID, stub: StubModel) -> None:
    breaker = breaker_of(get_settings().inference_url)
    stub.script(Scripted(fault="drop"))
    propose(material)
    breaker.succeeded()
    with unit_of_work() as session:
        found = lessons.proposal_of(session, material)
        assert found is not None
        assert (found.state, found.done, found.kept_as, found.trouble) == (ProposalState.WAITING, 0, 0, AWAY)
        assert lessons.unnamed(session) == []
    lessons.name_structure(material)  # rung for too early
    with unit_of_work() as session:
        assert session.get_one(StructureProposal, material).state == "waiting"
        session.execute(update(StructureProposal).values(lease_until=now()))
    with unit_of_work() as session:
        assert lessons.unnamed(session) == [material]
    stub.script(Scripted(fault="junk"))
    lessons.name_structure(material)
    with unit_of_work() as session:
        found = lessons.proposal_of(session, material)
        assert found is not None
        assert (found.state, found.done, found.trouble) == (ProposalState.READY, found.total, "")


def test_nobody_else_takes_a_section_whose_call_takes_long(
    who: Who, material: UUID, stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(naming, "LEASE", timedelta(seconds=0.6))
    stub.script(Scripted(fault="junk", first_token_ms=1500))
    with unit_of_work() as session:
        lessons.ask_for_names(session, material)
    with ThreadPoolExecutor() as pool:
        first = pool.submit(lessons.name_structure, material)
        time.sleep(1.2)
        with unit_of_work() as session:
            assert lessons.unnamed(session) == []
            lessons.call_off(session, material)
        first.result(timeout=20)
    with unit_of_work() as session:
        row = session.get_one(StructureProposal, material)
        assert (row.state, row.done) == ("off", 0)


def test_what_people_wrote_stays_and_only_what_a_section_lacks_is_filled(
    who: Who, material: UUID, stub: StubModel
) -> None:
    told = [Section(title="Mine", pages=[1]), Section(title="Evaporation", pages=[2, 3, 4], objectives=["Find it"])]
    with unit_of_work() as session:
        save(session, who, material, Structure(parts=[Part(title="All", sections=told)]))
    one = {"title": "Water moves", "objectives": ["Explain water"], "components": ["Water"]}
    two = {"title": "Liquid water", "objectives": ["Explain vapour"], "components": ["Vapour"]}
    stub.script(Scripted(match="Evaporation", reply=json.dumps(two)), Scripted(reply=json.dumps(one)))
    propose(material)
    with unit_of_work() as session:
        found = with_names(session, material)
        assert found is not None
        first, second = found.parts[0].sections
        assert (first.title, first.objectives, first.components) == ("Mine", ["Explain water"], ["Water"])
        assert (second.title, second.objectives, second.components) == ("Liquid water", ["Find it"], ["Vapour"])
        told = [Section(title="Changed since", pages=[1], components=["My own"]), second]
        save(session, who, material, Structure(parts=[Part(title="All", sections=told)], revision=1))
        again = with_names(session, material)
        assert again is not None
        first = again.parts[0].sections[0]
        assert (first.title, first.objectives, first.components) == ("Changed since", ["Explain water"], ["My own"])


def test_components_are_told_with_their_pages_and_questions(who: Who, material: UUID) -> None:
    sections = [Section(title="Up", components=["Vapour"], pages=[1, 2]), Section(title="Down", pages=[3, 4])]
    mine = Structure(parts=[Part(title="All", components=["Water"], sections=sections)])
    with unit_of_work() as session:
        save(session, who, material, mine)
        course = session.scalars(select(Material.course_id).where(Material.id == material)).one()
        assessment.add_components(session, who, course, ["Vapour"])
        found = assessment.taught(session, material)
    assert [(one.name, one.pages, one.items, one.id is None) for one in found] == [
        ("Vapour", [1, 2], 0, False),
        ("Water", [1, 2, 3, 4], 0, True),
    ]
