"""What stands in for a turn of which nothing may be shown."""

from uuid import uuid4

from scenes import PAGE, asked_about

from app.classroom.directing.director import Act
from app.classroom.log.state import Line
from app.classroom.schema import Intent, Voice
from app.classroom.speech.prompting import Scene
from app.classroom.speech.speaking import Utterance, speak
from app.classroom.speech.standing_in import named_elsewhere
from app.classroom.stage.lesson import Told
from app.courses.passages import NOTES_MARK
from app.courses.schema import Passage


def approved(*lines: str, page: int = 2) -> list[Told]:
    return [Told(page, line, (Passage(id=uuid4(), page=page, text=f"Of page {page}."),)) for line in lines]


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


def test_who_did_not_understand_is_told_it_in_the_words_of_the_notes_or_of_the_page() -> None:
    scene = asked_about(PAGE)
    slide = "Cells\nA skin closes every cell. A skin keeps the sea outside. It bends.\nLight is quick and never rests."
    notes = "Then show the cell. A skin closes every cell. Swimmers like a second skin. So do cells. Why?"
    passages = [Passage(id=uuid4(), page=2, text=slide), Passage(id=uuid4(), page=2, text=NOTES_MARK + notes)]
    heard = Line(seq=1, voice=Voice.TEACHER, text="A skin closes every cell.", page=2)
    lost = {"intent": Intent.CONFUSED, "recent": [heard]}
    scene.page.passages.extend(passages)
    told = told_by_rule(scene, "I don't get it", **lost)
    assert "notes to page 2 put it this way: “Swimmers like a second skin. So do cells.” Which word" in told.text
    assert [one.passage_id for one in told.sources] == [passages[1].id]
    open_ask = {"asked": "Who likes it?", "key": "swimmers"}
    assert "“A skin keeps the sea outside.”" in told_by_rule(scene, "I don't get it", **lost, **open_ask).text
    scene.page.passages.pop()
    told = told_by_rule(scene, "I don't get it", **lost)
    assert told.text.startswith("Page 2 puts it this way: “A skin keeps the sea outside.” Which word or which step")
    again = {**lost, "recent": [heard, Line(seq=2, voice=Voice.TUTOR, text=told.text, page=2)]}
    assert told_by_rule(scene, "I still don't get it", **again).text.startswith("Page 2 is about this: “Cells”.")


def test_notes_are_quoted_without_what_leans_on_what_is_left_out() -> None:
    scene = asked_about(PAGE)
    notes = "A skin closes all cells of us, like a coat. Now show a plant. It is stiff and closes them. Answer: skin."
    scene.page.passages.append(Passage(id=uuid4(), page=2, text=NOTES_MARK + notes))
    heard = Line(seq=1, voice=Voice.TEACHER, text="Cells have something that closes them.", page=2)
    told = told_by_rule(scene, "I don't get it", intent=Intent.CONFUSED, recent=[heard]).text
    assert "“A skin closes all cells of us, like a coat.”" in told


def test_a_page_that_has_more_of_the_question_than_the_title_is_quoted() -> None:
    far = Passage(id=uuid4(), page=9, text="Long-term memory stores facts for years.")
    lines = approved("It is a small desk. It holds four things.")
    scene = asked_about("It is small.", title="Working memory").model_copy(
        update={"passages": [far], "approved": lines}
    )
    assert "for years" in told_by_rule(scene, "How does long-term memory store facts?").text


def test_what_the_page_is_about_is_found_though_it_is_said_in_other_words() -> None:
    lines = [*approved("Half is gone within an hour. Then the loss slows down."), *approved("We forget names.", page=1)]
    scene = asked_about(PAGE, title="The forgetting curve").model_copy(update={"approved": lines, "passages": []})
    scene.page.passages.append(Passage(id=uuid4(), page=2, text=PAGE))
    told = told_by_rule(scene, "How fast do we forget?").text
    assert told.startswith("In the lesson's own words: “Half is gone within an hour.")
    other = scene.page.model_copy(update={"title": "The curve"})
    assert "On page 1 we said" in told_by_rule(scene, "How fast do we forget?", page=other).text


def test_what_comes_later_is_told_as_that() -> None:
    lines = [*approved(*SAID), *approved("Sleep comes next.", page=3)]
    scene = asked_about(PAGE).model_copy(update={"approved": lines, "passages": []})
    scene.page.passages.append(Passage(id=uuid4(), page=2, text=PAGE))
    told = told_by_rule(scene, "Is there something about sleep?").text
    assert told == "Page 3 comes to that. There the lesson says: “Sleep comes next.”"


def test_what_a_wish_names_is_explained_wherever_it_stands() -> None:
    lines = [
        *approved("Packing digits into years is called chunking. Three things are easier than twelve.", page=1),
        *approved("A cell is small. A membrane surrounds it."),
    ]
    scene = asked_about(PAGE).model_copy(update={"approved": lines, "passages": [], "thing": "explain chunking ten"})
    scene.page.passages.append(Passage(id=uuid4(), page=2, text=PAGE))
    told = told_by_rule(scene, "Explain chunking like I am ten", intent=Intent.SIMPLER).text
    assert told.startswith("On page 1 we said: “Packing digits into years is called chunking.")
    wish = scene.model_copy(update={"intent": Intent.SIMPLER, "question": "Explain chunking like I am ten"})
    quoted = named_elsewhere(wish)  # and no model is asked, which would speak of this page
    assert quoted
    again = Line(seq=1, voice=Voice.TUTOR, text=quoted[0], page=2)
    assert named_elsewhere(wish.model_copy(update={"recent": [again]})) is None
    still = told_by_rule(scene, "I still don't get chunking", intent=Intent.CONFUSED, recent=[again]).text
    assert still.endswith("On page 1 we said: “Three things are easier than twelve.”")
    assert named_elsewhere(wish.model_copy(update={"thing": "explain the membrane"})) is None  # this page has it
    assert named_elsewhere(wish.model_copy(update={"thing": ""})) is None


def test_what_is_only_near_is_told_as_that_once() -> None:
    lines = approved("Forests are green in spring, and the days are long.")
    scene = asked_about(PAGE).model_copy(update={"approved": lines, "passages": []})
    scene.page.passages.append(Passage(id=uuid4(), page=2, text="Trees"))
    told = told_by_rule(scene, "Who invented the telephone and the long line?").text
    assert told.startswith("I am not sure that it answers you, but this is the nearest that the lesson has. In the")


def test_a_remark_is_held_only_against_words_that_speak_of_it() -> None:
    """To quote whatever is nearest would answer what nobody asked."""
    far = Passage(id=uuid4(), page=9, text="Easy things are forgotten sooner, as they take less work.")
    scene = asked_about(PAGE).model_copy(update={"approved": approved(*SAID), "passages": [far], "ground": [far]})
    remark = {"intent": Intent.STATEMENT}
    told = told_by_rule(scene, "I think it is because it is easier", **remark).text
    assert told.startswith("I looked through this lesson's pages and found nothing for or against that")
    assert "“A membrane surrounds it, thin" in told_by_rule(scene, "the thin membrane surrounds it", **remark).text
    assert "“Easy things are forgotten" in told_by_rule(scene, "easy things are forgotten", **remark).text
    assert "for or against" in told_by_rule(scene, "the membrane was built by clever ants", **remark).text
    uncovered = speak(
        scene.model_copy(update={"covered": False, "question": "I like ants", **remark}), lambda _: None, lambda: False
    )
    assert uncovered
    assert "for or against" in uncovered.text


def test_who_is_silent_is_not_told_the_same_at_each_question() -> None:
    scene = asked_about(PAGE).model_copy(update={"act": Act.NUDGE})
    told = [told_by_rule(scene, "", asks_before=asked).text for asked in (1, 2, 3)]
    assert len(set(told)) == 3
    assert all("page 2" in words for words in told)


def test_who_asks_for_all_of_several_things_hears_each_of_them_once() -> None:
    lines = [
        *approved("Three doors lead in. The first door is the skin.", "We come to doors later.", page=1),
        *approved("The second small door is a channel. It opens.", "Remember the first door."),
        *approved("The third door is a pump.", "The second step is hard.", page=5),
    ]
    scene = asked_about(PAGE).model_copy(update={"approved": lines})
    told = told_by_rule(scene, "What were the three doors again?")
    assert told_by_rule(scene, "thanks what were the three doors again?").text == told.text
    assert told.text == (
        "In the lesson's own words: “The first door is the skin. The second small door is a channel. "
        "The third door is a pump.”"
    )
    assert [one.passage_id for one in told.sources] == [lines[at].passage.id for at in (0, 2, 4)]
    kept = told_by_rule(scene, "Name all the doors", asked="Which door comes third?", key="a pump")
    assert "pump" not in kept.text
    assert "third door" not in told_by_rule(scene, "What is a door?").text
    assert "second step" not in told_by_rule(scene, "What are the two steps?").text  # one alone is no list
    two = [
        *approved("The first step of meiosis is long. The second step of meiosis is short."),
        *approved("Of mitosis."),
    ]
    other = scene.model_copy(update={"approved": two})
    assert "meiosis" in told_by_rule(other, "What are the two steps?").text
    assert "first step" not in told_by_rule(other, "What are the two steps of mitosis?").text


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
    line = Told(2, "Think of a bubble that is closed all round.", (telling,))
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


def test_where_no_page_answers_the_nearest_that_was_said_is_named_as_that() -> None:
    lines = [
        *approved("Cells grow by day. Then they rest while you sleep. Why?", page=1),
        *approved("Plants sleep standing.", page=3),
    ]
    scene = asked_about(PAGE).model_copy(update={"approved": lines, "passages": [], "covered": False})

    def told(question: str, **others: object) -> Utterance:
        said = speak(scene.model_copy(update={"question": question, **others}), lambda _: None, lambda: False)
        assert said
        return said

    slept = told("What would happen if I never slept?")
    assert slept.text.startswith("The lesson's pages do not answer that. The nearest to it is what we said on page 1:")
    assert slept.text.endswith(" “Cells grow by day. Then they rest while you sleep.”")
    assert [one.passage_id for one in slept.sources] == [lines[0].passage.id]
    for question in ("Who won the world cup while we slept in 1998?", "Do plants stand?", "???"):
        assert "found nothing" in told(question).text  # too little of it, on a later page, and no word at all
    hidden = told("What happens while I sleep?", asked="What do they do?", key="Cells rest.")
    assert "rest" not in hidden.text


def test_of_another_page_the_sentence_is_quoted_that_speaks_of_it() -> None:
    far = Passage(id=uuid4(), page=7, text="Cells\nSeen in 1665\nA wall surrounds plant cells\nFoot: not to scale")
    scene = asked_about(PAGE).model_copy(update={"passages": [far], "approved": approved(*SAID)})
    assert told_by_rule(scene, "Is there a wall?").text.endswith("Page 7 says: “A wall surrounds plant cells.”")


def test_who_wants_the_answer_while_nothing_is_asked_is_told_so() -> None:
    scene = asked_about(PAGE).model_copy(update={"wants_answer": True})
    told = speak(scene, lambda _: None, lambda: False)
    assert told
    assert "No question of ours is open" in told.text
