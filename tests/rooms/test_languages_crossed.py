"""Classes of lessons that are taught in another language than their deck's: what is said rests on the script."""

from uuid import uuid4

import pytest
from making import Made, make_lesson
from parts import Services
from stub_model import Scripted, StubModel

from app.assessment.in_class import Solution
from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.directing.director import Act, Move
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Intent, Kind, TutorAction, Voice
from app.classroom.speech.guard import Refusal, leaks
from app.classroom.speech.keys import deck_key, key_of, told_of
from app.classroom.speech.prompting import Scene, opening_prompt, prompt_of
from app.classroom.speech.refusing import refusal
from app.classroom.speech.scene import secrets_now, set_scene
from app.classroom.speech.speaking import speak
from app.classroom.speech.standing_in import stand_in
from app.classroom.stage.lesson import Lesson, lesson_of
from app.courses import service as courses
from app.courses.grounding import supported, word_share
from app.courses.schema import Page, Passage
from app.lessons.schema import Ask, LessonScript, Say, ScriptPage

GERMAN = (
    (["Alles Lebendige ist aus Zellen gebaut.", "Die Zelle ist die kleinste Einheit des Lebens."], ""),
    (["Eine Membran umgibt jede Zelle.", "Sie lässt Wasser herein."], "Was umgibt jede Zelle?"),
    (["Mitochondrien machen aus Zucker Energie.", "Ein Muskel hat Tausende davon."], ""),
)
CHINESE = (
    (["细胞是生命的最小单位。", "每种植物和动物都由细胞组成。"], ""),
    (["每个细胞都被一层膜包围。", "膜让水进来。"], "每个细胞被什么包围？"),
    (["线粒体把糖变成能量。", "肌肉细胞有几千个线粒体。"], ""),
)


TERSE = (("Cells", "Membrane: outer boundary"), ("Nucleus", "genes"), ("Energy", "Mitochondria, ribosomes"))


@pytest.fixture
def german(db: Services, stub: StubModel) -> Made:
    return make_lesson(told=GERMAN)


def scene_of(made: Made, words: str, intent: Intent = Intent.QUESTION, page: int = 2) -> Scene:
    """The tutor's scene after a student's words on a page."""
    with unit_of_work() as session:
        log = OpenLog.lock(session, classroom.open_class(session, made.student, made.lesson_id))
        log.append(Draft(kind=Kind.PAGE, body=Body(page=page, action=0, cause="script")))
        body = Body(text=words, page=page, intent=intent)
        asked = log.append(Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=made.student.id, body=body))
        return set_scene(session, log.row, log.state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=asked.seq))


def replying(made: Made, words: str) -> tuple[Scene, str]:
    """The scene of a reply to the question that page 2 asks, and what must not be said while it is open."""
    with unit_of_work() as session:
        log = OpenLog.lock(session, classroom.open_class(session, made.student, made.lesson_id))
        script = lesson_of(session, log.row).script.actions
        at = next(number for number, one in enumerate(script) if isinstance(one, Ask))
        log.append(Draft(kind=Kind.PAGE, body=Body(page=2, action=at - 1, cause="script")))
        put = Body(text=script[at].words, page=2, action=at, asks=True, cause="script")
        log.append(Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=put))
        hidden = "\n".join(key for key, _ in secrets_now(session, log.row, log.state))
        body = Body(text=words, page=2, intent=Intent.ANSWER)
        asked = log.append(Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=made.student.id, body=body))
        scene = set_scene(session, log.row, log.state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=asked.seq))
        return scene, hidden


def test_a_class_speaks_the_language_of_its_script(german: Made) -> None:
    with unit_of_work() as session:
        courses.set_language(session, german.instructor, german.course_id, "fr")
    scene = scene_of(german, "Was umgibt eine Zelle?")
    assert (scene.language, scene.crosses) == ("German", True)
    assert "in German" in prompt_of(scene).turn
    with unit_of_work() as session:
        view = classroom.access_class(session, german.student, scene.class_id)
    assert (view.language, view.deck_language) == ("de", "en")


def test_a_lesson_in_its_decks_language_rests_on_the_deck(db: Services, stub: StubModel) -> None:
    made = make_lesson()
    with unit_of_work() as session:
        courses.set_language(session, made.instructor, made.course_id, "de")
    scene = scene_of(made, "What surrounds a cell?")
    assert (scene.language, scene.crosses) == ("English", False)
    assert [one.text for one in scene.ground[:1]] == [
        "A membrane surrounds each cell. It lets water in and keeps harmful things out."
    ]


def test_words_rest_on_the_script_and_name_the_decks_passage(german: Made, stub: StubModel) -> None:
    scene = scene_of(german, "Was umgibt jede Zelle?")
    assert scene.covered
    said = "Jede Zelle wird von einer Membran umgeben."
    stub.script(Scripted(reply=said))
    utterance = speak(scene, lambda _: None, lambda: False)
    assert utterance
    assert (utterance.text, utterance.fallback) == (said, False)
    assert [(one.page, one.text[:19]) for one in utterance.sources] == [(2, "A membrane surround")]


def test_what_the_script_does_not_say_is_refused(german: Made) -> None:
    scene = scene_of(german, "Was umgibt jede Zelle?")
    assert refusal("Der Zellkern enthält die Erbinformation.", scene, []) is Refusal.UNSUPPORTED
    assert refusal("A membrane surrounds each cell.", scene, []) is Refusal.UNSUPPORTED


def test_a_question_is_found_in_the_script_on_another_page(german: Made) -> None:
    scene = scene_of(german, "Was machen Mitochondrien aus Zucker?", page=1)
    assert scene.passages[0].text == "Mitochondrien machen aus Zucker Energie."
    assert scene.passages[0].page == 3
    assert not scene_of(german, "Wer hat das Fußballspiel gewonnen?", page=1).covered


def test_the_decks_own_words_are_found_too(german: Made) -> None:
    scene = scene_of(german, "And a muscle?", page=1)
    assert [one.page for one in scene.passages] == [3]
    assert not scene.is_line(scene.passages[0])


def test_what_stands_in_speaks_the_language_of_the_class(german: Made) -> None:
    told, passages = stand_in(scene_of(german, "Was machen Mitochondrien aus Zucker?", page=1))
    assert told == (
        "Dazu kommen wir auf Seite 3. Dort sagt die Lektion: „Mitochondrien machen aus Zucker Energie. "
        "Ein Muskel hat Tausende davon.“"
    )
    assert [one.page for one in passages] == [3]
    lost, _ = stand_in(scene_of(german, "Das verstehe ich nicht", Intent.CONFUSED))
    assert "membrane" not in lost


def test_an_earlier_page_is_named_where_its_line_is_quoted(german: Made) -> None:
    scene = scene_of(german, "Woraus ist alles Lebendige gebaut?", page=3)
    assert stand_in(scene)[0] == (
        "Auf Seite 1 haben wir gesagt: „Alles Lebendige ist aus Zellen gebaut. Die Zelle ist die kleinste Einheit des "
        "Lebens.“"
    )


def test_the_answer_is_hidden_in_both_languages(german: Made) -> None:
    scene, hidden = replying(german, "Die Zellwand?")
    assert scene.key == "Eine Membran umgibt jede Zelle."
    assert hidden == scene.key
    scene.move = TutorAction.HINT
    assert refusal("Es ist eine Membran.", scene, []) is Refusal.LEAK
    assert not scene.is_safe("On page 2: A membrane surrounds each cell. It lets water in.")
    assert scene.is_safe("Wasser"), "the rest of the slide is no answer"
    assert scene.sources(scene.page.passages) == []
    scene.move = TutorAction.CONFIRM
    assert scene.is_safe("Es ist eine Membran.")


def lesson_in_german(lines: list[str], ask: str, rests: list[int] | None = None) -> tuple[Lesson, Ask]:
    """A page of three English passages, each told in a line in German, and a question that rests on some of them."""
    passages = [Passage(id=uuid4(), page=1, text=one) for one in ENGLISH]
    told = [Say(page=1, text=text, passages=[passages[at].id]) for at, text in enumerate(lines)]
    put = Ask(page=1, text=ask, passages=[passages[at].id for at in rests or []])
    script = LessonScript.model_construct(
        lesson_id=uuid4(),
        material_id=uuid4(),
        title="",
        pages=[ScriptPage.model_construct(page=1, title="", actions=[*told, put])],
    )
    page = Page.model_construct(id=uuid4(), number=1, title="Cells", text="", notes="", passages=passages)
    return Lesson.model_construct(
        script=script, course_title="", language="German", deck_code="en", crosses=True, pages={1: page}
    ), put


def test_the_sentence_that_names_a_page_is_no_answer() -> None:
    named = "Sehen wir uns das zusammen an: Photosynthese."
    lines = [named, "Pflanzen machen aus Licht Zucker. Das geschieht in den Blättern."]
    for ask in ("Was ist die Photosynthese?", "Wo findet sie statt, die Photosynthese?"):
        assert (
            key_of(*lesson_in_german(lines, ask)) == "Pflanzen machen aus Licht Zucker.\nDas geschieht in den Blättern."
        )


def test_small_words_of_the_language_find_no_answer() -> None:
    lines = ["Die Zelle ist die kleinste Einheit, die die Wissenschaft kennt.", "Eine Membran umgibt die Zellen."]
    lesson, ask = lesson_in_german(lines, "Was liegt um die Zelle?", rests=[1])
    assert key_of(lesson, ask) == lines[1]
    assert deck_key(lesson, ask, lines[1]).splitlines()[0] == "A membrane surrounds each cell."


def test_small_words_find_no_answer_in_a_german_deck_either() -> None:
    lines = [
        "Die Zelle ist die kleinste Einheit, die die Wissenschaft kennt.",
        "Eine Membran, die liegt um die Zellen.",
    ]
    passages = [Passage(id=uuid4(), page=1, text=one) for one in lines]
    page = Page.model_construct(id=uuid4(), number=1, title="Zellen", text="", notes="", passages=passages)
    lesson = lesson_in_german([], "")[0].model_copy(update={"crosses": False, "pages": {1: page}})
    assert key_of(lesson, Ask(page=1, text="Was liegt um die Zelle, und die Zelle ist die was?")) == lines[1]


def test_a_question_of_the_bank_in_the_decks_language_is_guarded_in_the_scripts() -> None:
    lesson, _ = lesson_in_german(["Alles lebt.", "Eine Membran umgibt jede Zelle."], "Was?")
    fact = "A membrane surrounds each cell."
    found = Solution(stem="What surrounds a cell?", words="a membrane", lines=["a membrane"], explanation=fact)
    assert "Eine Membran umgibt jede Zelle." in told_of(lesson, found)
    assert leaks("Jede Zelle ist von einer Membran umgeben.", told_of(lesson, found), "What surrounds a cell?")
    assert told_of(lesson, found.model_copy(update={"stem": "", "explanation": "", "lines": []})) == ""


@pytest.mark.parametrize(
    ("count", "language", "crosses"),
    [(0, "English", False), (1, "English", False), (3, "German", True), (6, "German", True)],
)
def test_a_script_partly_in_the_decks_language(
    db: Services, stub: StubModel, count: int, language: str, crosses: bool
) -> None:
    german = [
        "Die Zelle ist die kleinste Einheit von dem Leben und sie ist nicht groß.",
        "Das ist auch in dem Körper so.",
    ]
    english = [
        "A cell is the smallest unit of life and it is not large.",
        "It is so in all of the bodies that we have.",
    ]
    lines = [german[at % 2] if at < count else english[at % 2] for at in range(6)]
    scene = scene_of(make_lesson(told=[(lines[at : at + 2], "") for at in (0, 2, 4)]), "Was ist eine Zelle?")
    assert (scene.language, scene.crosses) == (language, crosses)


def test_a_script_in_another_language_than_a_deck_of_few_words(db: Services, stub: StubModel) -> None:
    assert scene_of(make_lesson(TERSE, told=GERMAN), "Was umgibt die Zelle?").crosses


def test_a_script_in_the_language_of_a_deck_of_few_words(db: Services, stub: StubModel) -> None:
    told = [([f"We look at the {title}, which has {words}, and that is all."], "") for title, words in TERSE]
    assert not scene_of(make_lesson(TERSE, told=told), "What is a nucleus?").crosses


def test_a_short_answer_in_german_is_heard_as_one() -> None:
    known = "Was umgibt jede Zelle? Die Zellwand?"
    assert leaks("Es ist eine Membran.", "Eine Membran umgibt jede Zelle.", known)
    assert not leaks("Ist es eine Wand?", "Eine Membran umgibt jede Zelle.", known)


def test_short_sentences_are_held_against_pages_in_the_language_of_the_class() -> None:
    page = [Passage(id=uuid4(), page=1, text="Die Membran umgibt jede Zelle und lässt Wasser herein.")]
    assert not supported("Membranen lassen eine Haut zu.", page, "de")
    assert supported("Die Zelle hat eine Membran.", page, "de")
    assert word_share("Die Zelle hat eine Membran.", page, "de") == 1
    assert word_share("Die Zelle hat eine Wand.", page, "de") == 0.5


def test_a_warm_up_reads_what_the_answer_begins_with(german: Made) -> None:
    scene = scene_of(german, "Was umgibt jede Zelle?")
    with unit_of_work() as session:
        log = OpenLog.lock(session, scene.class_id)
        lesson = lesson_of(session, log.row)
    warm = opening_prompt(lesson.course_title, lesson.script.title, lesson.told_pages[2], scene.cast, language="German")
    assert warm.system == prompt_of(scene).system
    assert "Eine Membran umgibt jede Zelle." in warm.system
    assert "A membrane surrounds each cell." in warm.system


def test_a_class_in_signs_of_a_deck_in_letters(db: Services, stub: StubModel) -> None:
    made = make_lesson(told=CHINESE)
    scene = scene_of(made, "线粒体做什么？", page=1)
    assert (scene.language, scene.passages[0].page) == ("Chinese", 3)
    assert refusal("线粒体把糖变成能量。", scene, []) is None
    assert refusal("恐龙在很久以前灭绝了。", scene, []) is Refusal.UNSUPPORTED
    scene, _ = replying(made, "细胞壁")
    scene.move = TutorAction.HINT
    assert refusal("是一层膜包围。", scene, []) is Refusal.LEAK


def test_an_english_class_of_a_german_deck(db: Services, stub: StubModel) -> None:
    pages = tuple((f"Seite {at}", " ".join(said)) for at, (said, _) in enumerate(GERMAN, start=1))
    english = [([f"{one}." for one in words.rstrip(".").split(". ")], "") for words in ENGLISH]
    scene = scene_of(make_lesson(pages, told=english), "What do mitochondria make of sugar?", page=1)
    assert (scene.language, scene.crosses) == ("English", True)
    assert scene.passages[0].text == "Mitochondria turn sugar into energy."
    assert refusal("Mitochondria turn sugar into energy.", scene, []) is None
    assert refusal("The nucleus holds the genes.", scene, []) is Refusal.UNSUPPORTED


ENGLISH = (
    "A cell is the smallest unit of life. Every plant and animal is built from cells.",
    "A membrane surrounds each cell. It lets water in.",
    "Mitochondria turn sugar into energy. A muscle cell has thousands of mitochondria.",
)


def test_lines_are_searched_like_passages() -> None:
    lines = [Passage(id=uuid4(), page=at, text=text) for at, text in enumerate(ENGLISH, start=1)]
    found = courses.search_among(lines, "What do mitochondria do with sugar?", limit=1)
    assert [one.page for one in found] == [3]
    assert 0.2 < found[0].score <= 1
    assert courses.search_among(lines, "", limit=2) == []
    assert courses.search_among([], "sugar") == []


def test_a_script_whose_language_cannot_be_told_crosses_nothing(db: Services, stub: StubModel) -> None:
    made = make_lesson(told=[(["H2O."], "")] * 3)
    with unit_of_work() as session:
        courses.set_language(session, made.instructor, made.course_id, "de")
    scene = scene_of(made, "Was umgibt jede Zelle?")
    assert (scene.language, scene.crosses) == ("German", False)
