"""What a page's words become: where it is pointed at, what comes to the board, how a section ends, and how it is said
in another language.
"""

import json
from uuid import uuid4

import pytest
from stub_model import Scripted, StubModel

from app.base.languages import LANGUAGES, language_of
from app.base.scripts import is_question
from app.classroom.stage.board import render
from app.courses.schema import Page, Passage, PlacedLine, Region
from app.lessons.author import actions, fallback
from app.lessons.deck.structure import Part, Section, Structure
from app.lessons.faithfulness.crossing import CrossCheck
from app.lessons.faithfulness.faithful import check_page, ground_of
from app.lessons.faithfulness.negating import turns_round
from app.lessons.interpreting import interpret, prompt_of
from app.lessons.planning.chalk import board_of
from app.lessons.planning.phrasing import has_phrases, is_phrase, phrase
from app.lessons.planning.planning import MOST_PLACES, Place
from app.lessons.planning.standing import place_of_page
from app.lessons.schema import ActionKind, Ask, Board, Discuss, Interpreted, Say, Spotlight, Summarise

CELL = (
    "The nucleus is where the genes are kept",
    "The membrane is a wall around each cell",
    "Mitochondria make energy",
)


def page_of(number: int, title: str, *lines: str) -> Page:
    text = "\n".join((title, *lines))
    placed = [
        PlacedLine(text=line, region=Region(left=0.1, top=0.1 + 0.2 * at, width=0.6, height=0.05))
        for at, line in enumerate((title, *lines))
    ]
    passages = [Passage(id=uuid4(), page=number, text=line) for line in lines]
    told = {"number": number, "title": title, "text": text, "lines": placed, "passages": passages}
    return Page.model_validate(
        {"id": uuid4(), "notes": "", "has_picture": True, "width": 960, "height": 540, "problem": "", **told}
    )


def kinds(page: Page, say: list[str], place: Place | None = None, ask: str = "") -> list[str]:
    return [one.kind.value for one in actions(page, say, ask, place or Place())]


def test_what_is_said_is_pointed_at_where_it_stands() -> None:
    page = page_of(1, "Inside a cell", *CELL)
    said = ["Let us look at this together: Inside a cell.", *(f"{line}." for line in CELL)]
    made = actions(page, said, "")
    shown = [one.kind for one in made]
    assert shown == [ActionKind.SHOW, ActionKind.SAY, *[ActionKind.SPOTLIGHT, ActionKind.SAY] * MOST_PLACES]
    spots = [one.region for one in made if isinstance(one, Spotlight)]
    tops = [one.top for one in spots if one]
    assert tops == sorted(set(tops))
    assert min(tops) > page.lines[0].region.top + page.lines[0].region.height


def test_a_page_whose_places_are_not_known_is_not_pointed_at() -> None:
    page = page_of(1, "Inside a cell", *CELL).model_copy(update={"lines": []})
    assert kinds(page, list(CELL)) == ["show", "say", "say", "say"]


@pytest.mark.parametrize(
    ("text", "form", "written"),
    [
        ("Energy\nE = mc²\nIt holds everywhere", "formula", "E = mc^{2}"),
        ("Work\nForce = mass × acceleration", "formula", r"\text{Force} = \text{mass} \times \text{acceleration}"),
        ("Leaf\n6 CO₂ + 6 H₂O → C₆H₁₂O₆", "formula", r"6 CO_{2} + 6 H_{2}O \to C_{6}H_{12}O_{6}"),
        ("Loops\nfor x in cells:\n    print(x)\nThat is all.", "code", "for x in cells:\n    print(x)"),
        ("Moons\nMars | 2\nEarth | 1\nThat is all.", "table", "Mars | 2\nEarth | 1"),
    ],
)
def test_what_is_hard_to_hear_comes_to_the_board(text: str, form: str, written: str) -> None:
    board = board_of(1, text)
    assert board is not None
    assert (board.form.value, board.text) == (form, written)
    assert "board-trouble" not in render(board.item)


@pytest.mark.parametrize(
    "text",
    [
        "Cells = rooms",
        "Chapter 1 = intro, Chapter 2 = main",
        "First point;\nSecond point;",
        "A | lone row",
        "x = ",
        "see f(x)",
    ],
)
def test_words_are_no_formula(text: str) -> None:
    assert board_of(1, text) is None


def test_the_board_is_written_before_the_words_about_it() -> None:
    page = page_of(1, "Moons", "All planets were counted again", "Mars | two moons", "Earth | one moon")
    made = actions(page, ["All planets were counted again.", "Mars has two moons and Earth has one moon."], "")
    at = next(at for at, one in enumerate(made) if isinstance(one, Board))
    assert made[-1].words.startswith("Mars")
    assert at > next(at for at, one in enumerate(made) if one.words.startswith("All"))


def section(*pages: Page, **more: object) -> Place:
    return Place(section=pages, title="Cells", **more)  # type: ignore[arg-type]


def test_a_section_ends_with_a_summary_and_time_for_questions() -> None:
    first = page_of(1, "Nucleus", "The nucleus is where the genes of a cell are kept")
    last = page_of(2, "Membrane", "The membrane is a wall around each cell of the body")
    made = actions(last, ["The membrane is a wall around each cell of the body."], "", section(first, last))
    assert [one.kind.value for one in made][-2:] == ["summarise", "pause"]
    summary = next(one for one in made if isinstance(one, Summarise))
    assert "Cells" in summary.words
    assert "genes of a cell" in summary.words
    assert set(summary.passages) == {first.passages[0].id, last.passages[0].id}
    assert check_page([summary], ground_of([first, last])).count == 0
    assert kinds(last, ["A wall."], section(first, last, is_last=True))[-1] == "summarise"
    assert kinds(last, ["A wall."], section(last)) == ["show", "say"]


def test_some_sections_are_discussed_where_nothing_is_asked() -> None:
    pages = [
        page_of(at, f"Part {name}", f"The {name} is one of the parts of a cell")
        for at, name in enumerate(("a", "b", "c"), 1)
    ]
    place = section(*pages, talks=True)
    made = actions(pages[-1], ["It is a part."], "", place)
    talk = next(one for one in made if isinstance(one, Discuss))
    assert "Cells" in talk.words
    assert check_page(made, ground_of(pages)).count == 0
    assert "discuss" not in kinds(pages[-1], ["It is a part."], place, ask="What is it?")


def test_a_page_knows_the_section_it_ends() -> None:
    pages = [page_of(at, f"Page about {at}", "Words") for at in range(1, 6)]
    tree = Structure(
        parts=[Part(title="P", sections=[Section(title="One", pages=[1, 2]), Section(title="Two", pages=[3, 4, 5])])]
    )
    ends = [place_of_page(tree, pages, at, deck="en") for at in range(1, 6)]
    assert [tuple(one.number for one in place.section) for place in ends] == [(), (1, 2), (), (), (3, 4, 5)]
    assert [place.talks for place in ends] == [False, False, False, False, True]
    assert [place.is_last for place in ends] == [False] * 4 + [True]
    assert not ends[1].crosses
    assert place_of_page(tree, pages, 2, chosen="de", deck="en").crosses


def test_what_is_said_by_rule_is_in_the_language_taught_in() -> None:
    page = page_of(1, "Zellen", "Wasser", "Eiweiß", "Fett")
    made = fallback(page, "", section(page_of(0, "Anfang", "Wasser"), page, language="de"))
    words = " ".join(one.words for one in made.actions)
    assert "Sehen wir uns das zusammen an: Zellen." in words
    assert "Hier haben wir Wasser, Eiweiß und Fett." in words
    assert phrase("pause", "de") in words
    assert "We have" not in words
    assert has_phrases("")
    assert not has_phrases("ja")


def test_our_own_phrases_are_known() -> None:
    assert is_phrase(phrase("rest", "fr"))
    assert is_phrase(phrase("summary", title="Cells"))
    assert not is_phrase("Cells are the rooms of life.")


def test_a_draft_in_another_language_is_held_by_language_and_numbers() -> None:
    points = ["A cell has 46 chromosomes", "They are in the nucleus, and not in the membrane", "They hold the genes"]
    check = CrossCheck(page_of(1, "Cells", "\n".join(points)), points, "de")
    said = [
        "Eine Zelle hat 12 Chromosomen und das ist viel.",
        "Sie sind im Kern und auch in der Membran.",
        "They hold the genes",
    ]
    assert check(Interpreted(title="Zellen", say=said)) == "Point 1: “12” is not in the point."
    assert check.told() == []
    mended = ["Eine Zelle hat 46 Chromosomen.", "Sie sind im Kern und nicht in der Membran.", "They hold the genes"]
    assert check(Interpreted(title="Cells and more of them in the body", say=mended)) == "Point 3: Say it in German."
    assert (check.title, check.said, check.is_enough()) == ("Zellen", [*mended[:2], ""], True)
    assert check(Interpreted(title="", say=[mended[1], "Sie tragen nichts.", "Sie tragen die Gene."])) == ""
    assert CrossCheck(page_of(1, ""), points, "de")._titled("Elefanten sind groß") == ""
    assert check.said == [*mended[:2], "Sie tragen die Gene."], "what held once is kept"


def test_what_a_point_does_not_say_is_left_out() -> None:
    points = ["A cell has a membrane. It lets water in.", "It has a nucleus"]
    check = CrossCheck(page_of(1, "Cells", *points), points, "de")
    told = ["Die Zelle hat eine Membran. Sie lässt Wasser herein.", "Sie hat einen Kern."]
    assert check(Interpreted(title="Zellen", say=[told[0], f"{told[1]} Das ist wichtig für alles Leben."])) == ""
    assert check.said == told


def test_a_draft_that_lacks_a_point_is_asked_for_once_more_and_does_in_the_end(stub: StubModel) -> None:
    points = ["A cell has a membrane", "It has a nucleus", "It has no wall"]
    check = CrossCheck(page_of(1, "Cells", *points), points, "de")
    draft = Interpreted(
        title="Zellen", say=["Die Zelle hat eine Membran.", "Warum hat sie einen Kern?", "Sie ist ohne Wand."]
    )
    assert check(draft) == "Point 2: Tell the point; do not ask."
    assert [point for point, _ in check.told()] == [points[0], points[2]]
    stub.script(Scripted(match="interpreter", reply=draft.model_dump_json()))
    page = page_of(1, "Cells", *points)
    written = interpret(page, points, Place(language="de", crosses=True), asks=False, about=uuid4())
    told = [one.text for one in written.actions if isinstance(one, Say)]
    assert told == [phrase("naming", "de", title="Zellen."), "Die Zelle hat eine Membran. Sie ist ohne Wand."]
    assert (written.fallback, "in German" in written.reason) == (False, True), "the instructor is told"


@pytest.mark.parametrize(
    ("one", "code", "other", "other_code", "differs"),
    [
        ("It is not large", "en", "Sie ist nicht groß", "de", False),
        ("It is not large", "en", "Sie ist groß", "de", True),
        ("Room no. 4 is large", "en", "Raum 4 ist groß", "de", False),
        ("It is not alive", "en", "Canlı değildir", "tr", False),
        ("A person is large", "en", "Une personne est grande", "fr", False),
        ("It can no longer divide", "en", "Elle ne peut plus se diviser", "fr", False),
        ("It divides", "en", "Elle ne se divise pas", "fr", True),
        ("It is not large", "en", "它不大", "zh", False),
    ],
)
def test_denials_are_held_across_languages(one: str, code: str, other: str, other_code: str, differs: bool) -> None:
    assert turns_round(one, code, other, other_code) is differs


def test_a_page_is_interpreted_point_by_point_and_rests_on_each(stub: StubModel) -> None:
    points = ["A cell has a membrane", "Mitochondria turn sugar into energy"]
    page = page_of(1, "Cells", *points)
    said = [f"{'Jede Zelle hat, wie wir schon wissen, ringsum ' * 6}eine Membran.", "Sie machen aus Zucker Energie."]
    reply = {"title": "Zellen", "say": said, "ask": "Was wird aus Zucker?"}
    stub.script(Scripted(match="interpreter", reply=json.dumps(reply)))
    written = interpret(page, points, Place(language="de", crosses=True), asks=True, about=uuid4())
    lines = [one for one in written.actions if isinstance(one, Say)]
    assert lines[0].text == phrase("naming", "de", title="Zellen.")
    assert [one.text for one in lines[1:]] == said
    assert [one.id for one in page.passages] == [at for one in lines[1:] for at in one.passages]
    assert [round(one.region.top, 1) for one in written.actions if isinstance(one, Spotlight) and one.region] == [0.5]
    ask = written.actions[-1]
    assert isinstance(ask, Ask)
    assert ask.passages == [page.passages[1].id]
    stub.script(Scripted(match="interpreter", reply=json.dumps(reply | {"ask": "Was muss mit dem Dampf geschehen?"})))
    strange = interpret(page, points, Place(language="de", crosses=True), asks=True, about=uuid4())
    assert not any(isinstance(one, Ask) for one in strange.actions), "that is the example's question"


def test_pages_are_interpreted_into_every_language() -> None:
    page = page_of(1, "Cells", "A cell has a membrane")
    systems = {code: prompt_of(page, ["A cell has a membrane"], code, asks=True).system for code in LANGUAGES}
    assert len(set(systems.values())) == len(LANGUAGES)
    assert "Sonne erwärmt" in systems["en"]
    assert all("Sun heats the sea" in told for code, told in systems.items() if code != "en")
    for code, told in systems.items():
        said = json.loads(told[told.index("{") :])
        assert language_of(" ".join(said["say"])) in (code, "")
        assert len(said["say"]) == 3
        assert is_question(said["ask"])
