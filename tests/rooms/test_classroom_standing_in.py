"""What stands in for a turn of which nothing may be shown."""

from uuid import uuid4

from scenes import PAGE, asked_about

from app.classroom.log.state import Line
from app.classroom.schema import Intent, Voice
from app.classroom.speech.prompting import Scene
from app.classroom.speech.speaking import Utterance, speak
from app.classroom.stage.lesson import Told
from app.courses.passages import NOTES_MARK
from app.courses.schema import Passage


def approved(*lines: str, page: int = 2) -> list[Told]:
    return [Told(page, line, Passage(id=uuid4(), page=page, text=f"Of page {page}.")) for line in lines]


def told_by_rule(scene: Scene, question: str, **others: object) -> Utterance:
    """What is said where no model may be asked."""
    told = speak(
        scene.model_copy(update={"script_only": True, "question": question, **others}), lambda _: None, lambda: False
    )
    assert told
    assert told.fallback
    return told


SAID = ("A cell is small. What surrounds it? A membrane surrounds it, thin as a soap bubble.", "That is its door.")


def test_what_stands_in_is_what_the_approved_lesson_says_about_it() -> None:
    scene = asked_about(PAGE).model_copy(update={"approved": approved(*SAID)})
    told = told_by_rule(scene, "What surrounds each cell here?")
    assert "own words" in told.text
    assert told.text.endswith(
        "small. What surrounds it? A membrane surrounds it, thin as a soap bubble. That is its door.”"
    )
    assert [one.passage_id for one in told.sources] == [one.passage.id for one in scene.approved]
    assert "A membrane surrounds it" in told_by_rule(scene, "Go deeper", intent=Intent.DEEPER).text
    kept = told_by_rule(scene, "Deeper", intent=Intent.DEEPER, key="thin as a soap bubble", asked="How thin is it?")
    assert "soap" not in kept.text


def test_who_did_not_understand_is_told_the_gist_and_asked_for_the_spot() -> None:
    scene = asked_about(PAGE, title="Cells are tiny rooms").model_copy(update={"approved": approved(*SAID)})
    scene.page.passages.append(Passage(id=uuid4(), page=2, text=PAGE))
    told = told_by_rule(scene, "I don't get it", intent=Intent.CONFUSED).text
    assert told.startswith("Page 2 is about this: “Cells are tiny rooms”. Which word")
    kept = told_by_rule(scene, "I don't get it", intent=Intent.CONFUSED, key="tiny rooms", asked="What are cells?").text
    assert "tiny" not in kept
    assert "A membrane surrounds" in told_by_rule(scene, "I don't get the membrane", intent=Intent.CONFUSED).text


def test_an_example_is_the_lessons_own_or_none() -> None:
    lines = approved("A cell has a skin.", "Think of a soap bubble: thin, and closed all round.", "It is alive.")
    scene = asked_about(PAGE).model_copy(update={"approved": lines})
    told = told_by_rule(scene, "Can you give me an example?", intent=Intent.EXAMPLE)
    assert told.text == "The lesson gives this example: “Think of a soap bubble: thin, and closed all round.”"
    assert [one.passage_id for one in told.sources] == [lines[1].passage.id]
    another = {"intent": Intent.EXAMPLE, "recent": [Line(seq=1, voice=Voice.TEACHER, text=lines[1].text, page=2)]}
    assert "gives no example" in told_by_rule(scene, "Can you give me another example?", **another).text
    none = scene.model_copy(update={"approved": lines[:1]})
    assert "gives no example" in told_by_rule(none, "Can you give me an example?", intent=Intent.EXAMPLE).text


def test_what_stands_in_names_no_source_that_tells_an_open_answer() -> None:
    telling = Passage(id=uuid4(), page=2, text="The skin is made of lipids. It is like a bubble.")
    line = Told(2, "Think of a bubble that is closed all round.", telling)
    scene = asked_about(PAGE).model_copy(update={"approved": [line]})
    open_ask = {"asked": "What is the skin made of?", "key": "The skin is made of lipids."}
    told = told_by_rule(scene, "Can you give me an example?", intent=Intent.EXAMPLE, **open_ask)
    assert "Think of a bubble" in told.text
    assert told.sources == []


def test_a_passage_elsewhere_that_is_nearer_is_quoted_before_words_of_this_page() -> None:
    far = Passage(id=uuid4(), page=7, text="Photosynthesis turns light into sugar for the plant.")
    lines = approved("A membrane surrounds each cell.", "It is thin as a soap bubble.")
    scene = asked_about(PAGE).model_copy(update={"passages": [far], "approved": lines})
    assert "Photosynthesis" in told_by_rule(scene, "How do plants feed themselves?").text


def test_of_notes_is_not_quoted_what_the_teacher_is_to_do() -> None:
    notes = (
        "Show the cell for a minute. A cell wall keeps plants upright. It is stiff. Ask the class what it is made of."
    )
    far = Passage(id=uuid4(), page=7, text=NOTES_MARK + notes)
    scene = asked_about(PAGE).model_copy(update={"passages": [far]})
    told = told_by_rule(scene, "What keeps plants upright?").text
    assert told.endswith("The notes to page 7 say: “A cell wall keeps plants upright. It is stiff.”")


def test_a_quote_has_the_sentence_for_which_it_was_chosen() -> None:
    long = "It lay far away, and " + "its roads were long, " * 12 + "as all agree."
    lines = approved("The empire grew.", long, "It had no walls.", "It fell when the Goths sacked the city.")
    scene = asked_about(PAGE).model_copy(update={"approved": lines})
    assert "Goths" not in told_by_rule(scene, "When did Goths sack it, and how far away was it?").text
    assert "Goths" in told_by_rule(scene.model_copy(update={"approved": lines[2:]}), "When did the Goths sack it?").text


def test_a_quote_goes_on_as_the_lesson_does_and_begins_where_its_sentence_does() -> None:
    lines = approved("Rooms have doors.", "A skin closes them. It keeps water out. Why?", "It bends, too.", page=2)
    scene = asked_about(PAGE).model_copy(update={"approved": lines})
    told = told_by_rule(scene, "Does it keep the water away?").text
    assert told.endswith("“A skin closes them. It keeps water out. Why? It bends, too.”")


def test_two_sentences_that_together_tell_an_open_answer_are_not_quoted_together() -> None:
    halves = approved("A membrane is around it, of fat.", "A membrane is around it, quite thin.")
    scene = asked_about(PAGE).model_copy(update={"approved": halves})
    open_ask = {"intent": Intent.DEEPER, "asked": "What is around it?", "key": "thin fat"}
    assert told_by_rule(scene, "Deeper", intent=Intent.DEEPER).text.count("membrane") == 2
    kept = told_by_rule(scene, "Deeper", **open_ask).text
    assert ("thin" in kept) is not ("fat" in kept)


def test_what_an_earlier_page_said_is_said_again_and_else_that_nothing_was_found() -> None:
    lines = [*approved(*SAID), *approved("Cells rest while you sleep.", page=1)]
    scene = asked_about(PAGE).model_copy(update={"approved": lines, "passages": []})
    scene.page.passages.append(Passage(id=uuid4(), page=2, text=PAGE))
    assert "On page 1 we said: “Cells rest while you sleep.”" in told_by_rule(scene, "Does sleep help?").text
    assert "found nothing" in told_by_rule(scene, "Does football help?").text


def test_of_another_page_the_sentence_is_quoted_that_speaks_of_it() -> None:
    far = Passage(id=uuid4(), page=7, text="Cells\nSeen in 1665\nA wall surrounds plant cells\nFoot: not to scale")
    scene = asked_about(PAGE).model_copy(update={"passages": [far], "approved": approved(*SAID)})
    assert told_by_rule(scene, "Is there a wall?").text.endswith("Page 7 says: “A wall surrounds plant cells.”")


def test_who_wants_the_answer_while_nothing_is_asked_is_told_so() -> None:
    scene = asked_about(PAGE).model_copy(update={"wants_answer": True})
    told = speak(scene, lambda _: None, lambda: False)
    assert told
    assert "No question of ours is open" in told.text
