"""How an agent's reply is cut into sentences and made plain."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from parts import Services
from scenes import PAGE, asked_about
from stub_model import Scripted, StubModel

from app.classroom.directing.director import Act
from app.classroom.log.state import Line
from app.classroom.schema import Intent, TutorAction, Voice
from app.classroom.speech.guard import Refusal, echoes
from app.classroom.speech.manner import speaks_about_itself, without_report
from app.classroom.speech.quoting import split
from app.classroom.speech.refusing import refusal
from app.classroom.speech.speaking import sentences, speak, tidy
from app.courses.schema import Passage


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("Mira: It lets water in.", "It lets water in."),
        ("**Tutor**: It lets   water in.", "It lets water in."),
        ("“It lets water in.”", "It lets water in."),
        ('"Osmosis" means that water moves.', '"Osmosis" means that water moves.'),
        ("The rule is: look twice.", "The rule is: look twice."),
        ('It said " water.', "It said water."),
        ('A 5" pipe holds "hot" water.', 'A 5" pipe holds "hot" water.'),
        ("  ", ""),
    ],
)
def test_labels_markdown_and_wrapping_quotes_go(given: str, plain: str) -> None:
    assert tidy(given) == plain


def test_sentences_come_as_soon_as_they_are_whole_and_a_broken_end_is_dropped() -> None:
    taken: list[str] = []

    def deltas() -> Iterator[str]:
        for part in ("It is 3.5 ", "metres. It", " grows! Then it wi"):
            taken.append(part)
            yield part

    found = [(sentence, len(taken)) for sentence in sentences(deltas())]
    assert found == [("It is 3.5 metres.", 2), ("It grows!", 3)]
    quoted = ("What does ", '"Stop', '!"', " mean", "? It", " grows. ")
    assert [*sentences(quoted)] == ['What does "Stop!" mean?', "It grows."]
    said = ['In "a row! of words" it stands. He said "Stop!" Then it grows in H2O. pumps pay. And so on']
    assert [*sentences(said)] == [
        'In "a row! of words" it stands.',
        'He said "Stop!"',
        "Then it grows in H2O.",
        "pumps pay.",
    ]


@pytest.mark.parametrize("size", [1, 3, 200])
def test_a_short_form_ends_no_sentence(size: int) -> None:
    whole = [
        "Plants keep energy, e.g. in starch.",
        "As Dr. Okafor said, the U.S. entered it approx. in 1917.",
        "Is it so?",
        "No.",
        "This is vitamin C.",
        "See Fig. 3 for it.",
    ]
    words = f"{' '.join(whole)} "
    parts = (words[at : at + size] for at in range(0, len(words), size))
    assert [*sentences(parts)] == whole
    assert split(" ".join(whole)) == whole


@pytest.mark.parametrize("asked", ["the wall?", "Why?", "So?"])
def test_a_guess_or_a_word_is_not_quoted_back_by_chance(asked: str) -> None:
    hint = asked_about(PAGE).model_copy(
        update={"question": asked, "asked": "What surrounds each cell?", "move": TutorAction.HINT}
    )
    assert refusal("That is not quite why; also look at what the wall of each cell is.", hint, []) is not Refusal.ECHO
    for said in ("Not quite.", "Close, but not quite!", "You're on the right track.", "Read the last sentence again."):
        assert refusal(said, hint, []) is None
    assert refusal("Ask yourself: What surrounds each cell?", hint, []) is None
    assert refusal("Close, but it is Rome.", hint, []) is Refusal.UNSUPPORTED


@pytest.mark.parametrize(
    ("asked", "said", "is_echo"),
    [
        ("Can I train my working memory to hold more?", "Yes, you can train your working memory to hold more.", True),
        ("Does coffee help memory?", "Coffee does not help memory.", True),
        ("Should I never read a text twice?", "No, you should not read a text twice.", True),
        ("Does a membrane surround a cell?", "Yes, a membrane surrounds a cell.", False),
        ("Does a membrane surround a cell?", "No, a membrane never surrounds a cell.", True),
        ("Can I train my memory?", "Yes, but only by grouping digits into chunks.", False),
        ("Can I train my memory?", "Working memory holds about four things at once.", False),
        ("Can I train my memory?", "Which memory would you train?", False),
        ("Can I train my memory?", "Yes!", False),
        ("How does a membrane surround each cell?", "A membrane surrounds each cell.", True),
        ("But why does a membrane surround each cell?", "A membrane surrounds each cell.", True),
        ("How many things does memory hold?", "Working memory holds about four things.", False),
        ("How does working memory hold things?", "Working memory holds things at once.", False),
        ("How does a membrane surround each cell?", "A membrane does not surround each cell.", True),
    ],
)
def test_what_says_only_the_question_back_needs_a_page_that_says_it(asked: str, said: str, is_echo: bool) -> None:
    ground = [Passage(id=uuid4(), page=1, text=PAGE)]
    assert echoes(said, asked, ground) is is_echo


@pytest.mark.parametrize(("key", "is_named"), [("", True), ("a fine membrane", False), ("harmful things", True)])
def test_who_asks_for_what_no_page_has_is_told_the_page_but_not_an_answer(key: str, is_named: bool) -> None:
    others = {"question": "Who won the match?", "asked": "What surrounds each cell?", "key": key, "covered": False}
    scene = asked_about(PAGE, "Fine membranes").model_copy(update=others)
    said: list[str] = []
    told = speak(scene, said.append, lambda: False)
    assert told
    assert said == [told.text]
    assert "We are on page 2" in told.text
    assert ("membranes" in told.text) is is_named


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("The answer to the question “What surrounds each cell here?”", Refusal.ECHO),
        ("The student should say what surrounds each cell.", Refusal.MANNER),
        ("The student is asking about the membrane.", Refusal.MANNER),
        ("A membrane surrounds each cell.", None),
        ("Working memory holds about four things at once.", None),
    ],
)
def test_nobody_is_quoted_back_or_spoken_about(sentence: str, why: Refusal | None) -> None:
    assert refusal(sentence, asked_about(PAGE), []) is why


def test_a_lesson_about_teaching_may_speak_of_students() -> None:
    page = "Wait three seconds after a question. The student needs time to think before an answer comes."
    assert refusal("The student needs time to think.", asked_about(page), []) is None
    assert refusal("The student was looking for time to think.", asked_about(PAGE), []) is Refusal.MANNER
    who = asked_about("One student reads a text again, the other one recalls the text.")
    assert refusal("The student who reads a text again recalls the text.", who, []) is None
    of_some = asked_about("Half of the students read it again, the other half recalled it.")
    assert refusal("The student should say who recalled it.", of_some, []) is Refusal.MANNER


@pytest.mark.parametrize(
    ("sentence", "bare"),
    [
        ("The page explains that a membrane surrounds each cell.", "A membrane surrounds each cell."),
        ("As this slide shows that it leaks, it leaks.", "It leaks, it leaks."),
        ("The notes indicate that it leaks.", "It leaks."),
        ("According to the notes on page 5, it leaks.", "It leaks."),
        ("According to Hooke, it leaks.", "According to Hooke, it leaks."),
        ("According to the lesson plan, it leaks.", "According to the lesson plan, it leaks."),
        ("The page says: look twice.", "The page says: look twice."),
        ("A membrane surrounds each cell.", "A membrane surrounds each cell."),
    ],
)
def test_what_a_page_says_is_said_without_the_page(sentence: str, bare: str) -> None:
    assert without_report(sentence) == bare


def test_what_a_page_is_about_explains_nothing_unless_that_was_asked() -> None:
    scene = asked_about(PAGE)
    sentence = "The page discusses the membrane of each cell."
    reports = (
        sentence,
        "Because the page does not cover why a membrane surrounds each cell.",
        "The page you're looking at is talking about the membrane of each cell.",
        "So, the page is showing the membrane of each cell.",
    )
    for report in reports:
        assert refusal(report, scene, []) is Refusal.REPORT
    asked = scene.model_copy(update={"question": "What is this page about?"})
    assert refusal(sentence, asked, []) is None


def test_an_answer_does_not_go_on_from_what_was_not_said() -> None:
    scene = asked_about(PAGE)
    sentence = "That way, a membrane surrounds each cell."
    assert refusal(sentence, scene, []) is Refusal.EMPTY
    assert refusal(sentence, scene, ["Working memory holds about four things at once."]) is None
    assert refusal("As a result of a membrane, it surrounds each cell.", scene, []) is None
    chat = scene.model_copy(update={"act": Act.CHAT, "voice": Voice.THINKER})
    assert refusal(sentence, chat, []) is None  # it goes on from another's line


def test_nobody_tells_what_they_do_instead_of_doing_it() -> None:
    scene = asked_about(PAGE)
    name = scene.member.name
    assert refusal(f"{name} encourages everybody to say what surrounds each cell.", scene, []) is Refusal.MANNER
    assert refusal("I'm here to help you see what surrounds each cell.", scene, []) is Refusal.MANNER
    assert not speaks_about_itself(f"{name}, a membrane surrounds each cell.", name)
    assert not speaks_about_itself("A membrane surrounds each cell.", name)


def test_nobody_takes_a_label_in_capitals_for_a_thing() -> None:
    scene = asked_about(f"HABIT 2, CONTINUED\nDNA\n{PAGE}")
    for sentence in ("HABIT 2, CONTINUED surrounds each cell.", "A membrane starts with HABIT 2."):
        assert refusal(sentence, scene, []) is Refusal.MANNER
    chat = scene.model_copy(update={"act": Act.CHAT, "voice": Voice.CURIOUS})
    assert refusal('What does "HABIT 2, CONTINUED" mean?', chat, []) is Refusal.MANNER
    assert refusal("A membrane surrounds each cell with DNA.", scene, []) is None
    things = asked_about("V = IR\nINNER JOIN\nOhm's law: V = IR.\nAn INNER JOIN keeps what both have.\nHTTP GET")
    for sentence in ("Ohm's law says that V = IR.", "An INNER JOIN keeps what both have.", "Both have HTTP GET."):
        assert refusal(sentence, things, []) is None


def test_what_a_page_compares_is_not_turned_round() -> None:
    recall = "Recalling a text once is worth more than a second reading of the text."
    scene = asked_about(f"{PAGE} {recall}")
    turned = "A second reading of the text is worth more than recalling a text once."
    assert refusal(turned, scene, []) is Refusal.UNSUPPORTED
    assert refusal(recall, scene, []) is None


def test_a_reason_needs_a_passage_that_speaks_of_what_was_asked() -> None:
    scene = asked_about(PAGE).model_copy(update={"question": "Why do we forget so much after one day?"})
    made_up = "Working memory holds only about four things at once, which is why we forget so much after one day."
    assert refusal(made_up, scene, []) is Refusal.UNSUPPORTED
    softer = "Working memory holds only about four things at once, which can lead to forgetting after one day."
    assert refusal(softer, scene, []) is Refusal.UNSUPPORTED
    replied = scene.model_copy(update={"move": TutorAction.SOLUTION_AFTER_FAILURE})
    assert refusal(made_up, replied, []) is not Refusal.UNSUPPORTED, "the words are the student's answer"
    other = scene.model_copy(update={"question": "What causes membranes round the tiny cells?"})
    assert refusal("A membrane surrounds each cell because it causes that.", other, []) is None
    nowhere = scene.model_copy(update={"question": "Why did the tiny blocked cells feel sure?"})
    assert refusal("Because a membrane surrounds each cell.", nowhere, []) is Refusal.UNSUPPORTED
    assert refusal("A membrane surrounds each cell.", nowhere, []) is None
    fits = Passage(id=uuid4(), page=4, text="We forget much after a day because working memory holds four things.")
    assert refusal(made_up, scene.model_copy(update={"passages": [*scene.passages, fits]}), []) is None


def test_words_that_lean_on_refused_ones_are_not_shown(services: Services, stub: StubModel) -> None:
    stub.script(Scripted(reply="Bananas ripen in Ecuador. This surrounds each cell. A membrane surrounds each cell."))
    told = speak(asked_about(PAGE), lambda _: None, lambda: False, lambda _: None)
    assert told
    assert told.text == "A membrane surrounds each cell."
    stub.script(Scripted(reply="Bananas ripen in Ecuador. Good question! It surrounds each cell. They surround it."))
    asked = asked_about(PAGE).model_copy(update={"intent": Intent.QUESTION})
    told = speak(asked, lambda _: None, lambda: False, lambda _: None)
    assert told
    assert told.fallback
    stub.script(Scripted(reply="A membrane surrounds each cell. It surrounds each tiny cell."))
    told = speak(asked_about(PAGE), lambda _: None, lambda: False, lambda _: None)
    assert told
    assert told.text.endswith("It surrounds each tiny cell.")


def test_who_wants_other_words_does_not_hear_the_same_again() -> None:
    line = Line(seq=1, voice=Voice.TEACHER, text="A membrane surrounds each cell and it is thin.", page=2)
    scene = asked_about(PAGE).model_copy(update={"recent": [line], "intent": Intent.CONFUSED})
    same = "Each cell is surrounded by a thin membrane."
    assert refusal(same, scene, []) is Refusal.SAID
    asked = scene.model_copy(update={"intent": Intent.QUESTION, "question": "What is round a cell?"})
    assert refusal(same, asked, []) is None
    why = asked.model_copy(update={"question": "But why is that so?"})
    assert refusal(same, why, []) is Refusal.SAID
    assert refusal("Each cell is thin because a membrane surrounds it.", why, []) is None


def test_a_classmate_gives_no_reason_that_no_page_gives() -> None:
    page = "A membrane surrounds each cell. Cells are safe because a membrane surrounds them."
    scene = asked_about(page).model_copy(update={"act": Act.CHAT, "voice": Voice.THINKER})
    made_up = "So, a membrane surrounds each cell, which is why cells are called cells."
    assert refusal(made_up, asked_about(PAGE).model_copy(update={"act": Act.CHAT, "voice": Voice.THINKER}), [])
    assert refusal("So cells are safe because each has a membrane.", scene, []) is None
    assert refusal("Is a cell a cell because a membrane surrounds it?", scene, []) is None
    clown = scene.model_copy(update={"voice": Voice.CLOWN})
    assert refusal("My brain is a sieve because it never practises.", clown, []) is None
    named = asked_about("The causes of the war: alliances and nationalism.").model_copy(
        update={"act": Act.CHAT, "voice": Voice.THINKER}
    )
    assert refusal("So the causes of the war were alliances and nationalism.", named, []) is None


def test_nobody_tells_who_heard_the_teacher_what_the_teacher_said() -> None:
    scene = asked_about(PAGE).model_copy(update={"act": Act.CHAT, "voice": Voice.THINKER})
    retold = "So, the teacher is explaining that a membrane surrounds each cell."
    assert refusal(retold, scene, []) is Refusal.MANNER
    of_teachers = asked_about(f"{PAGE} The teacher explains that a membrane surrounds each cell.")
    assert refusal("The teacher explains that a membrane surrounds each cell.", of_teachers, []) is None
    asked = asked_about(PAGE).model_copy(update={"question": "What did the teacher mean by a membrane?"})
    assert refusal("By a membrane the teacher meant what surrounds each cell.", asked, []) is None
    taught = asked_about("Aristotle was the teacher of Alexander.")
    assert refusal("Aristotle was the teacher of Alexander.", taught, []) is None


def test_who_asks_asks_about_a_thing_and_not_about_the_page() -> None:
    scene = asked_about(PAGE).model_copy(update={"act": Act.CHAT, "voice": Voice.CURIOUS})
    assert refusal("What does the page say about membranes?", scene, []) is Refusal.MANNER
    assert refusal('What does "working memory holds four" mean?', scene, []) is Refusal.MANNER
    assert refusal('What does "Welcome" mean?', scene, []) is Refusal.MANNER
    assert refusal('What does "working memory" mean?', scene, []) is None
    cards = asked_about("A deck of cards has four aces.").model_copy(update={"act": Act.CHAT, "voice": Voice.CURIOUS})
    assert refusal("How many aces are in a deck of cards?", cards, []) is None


def test_nobody_speaks_of_prompts_where_no_page_does() -> None:
    scene = asked_about(PAGE)
    assert refusal("A membrane surrounds each cell, not the given instructions.", scene, []) is Refusal.MANNER
    assert refusal("As I'm a computer program, I have no membrane.", scene, []) is Refusal.MANNER
    assert refusal("Each cell has instructions in a membrane.", scene, []) is not Refusal.MANNER
    lesson = asked_about(f"{PAGE} Language models read prompts.")
    assert refusal("Language models read prompts.", lesson, []) is None


def test_a_thing_is_not_explained_by_itself_nor_called_crucial_by_chance() -> None:
    scene = asked_about(PAGE).model_copy(update={"question": "What is that?"})
    assert refusal("The membrane that surrounds each cell is called a cell membrane.", scene, []) is Refusal.CIRCLE
    for sound in ("A membrane is not called a membrane.", "Cells are tiny cells.", "4 things are called four things."):
        assert refusal(sound, scene, []) is not Refusal.CIRCLE
    assert refusal("The membrane is crucial, as it surrounds each cell.", scene, []) is Refusal.UNSUPPORTED
    says_so = scene.model_copy(update={"passages": [*scene.passages, PASSAGE_OF_WEIGHT]})
    assert refusal("The membrane is crucial, as it surrounds each cell.", says_so, []) is None


def test_a_classmates_thought_is_made_of_the_pages_words() -> None:
    scene = asked_about(PAGE).model_copy(update={"act": Act.CHAT, "voice": Voice.THINKER, "question": ""})
    far = "So a membrane indicates the diminishing effectiveness of each working cell."
    assert refusal(far, scene, []) is Refusal.UNSUPPORTED
    assert refusal("So a membrane surrounds each tiny cell.", scene, []) is None


def test_what_is_kept_is_not_said_to_be_lost() -> None:
    page = "Saved when relearning: 20 min 58%, 1 hour 44%\nOver half is gone within an hour"
    scene = asked_about(page, title="The forgetting curve").model_copy(update={"question": "How fast do we forget?"})
    wrong = "The forgetting curve shows that relearning within 20 min means we forget 58%."
    assert refusal(wrong, scene, []) is Refusal.UNSUPPORTED
    assert refusal("When relearning after 20 min, 58% is saved, after 1 hour 44%.", scene, []) is None
    assert refusal("The forgetting curve: over half is gone within 1 hour.", scene, []) is None


def test_what_a_question_takes_for_granted_is_not_denied() -> None:
    page = "Reading again feels good and familiar, and it helps for minutes."
    scene = asked_about(page).model_copy(update={"question": "Why does reading again feel good if it does not help?"})
    assert refusal("Reading again feels good because it helps.", scene, []) is Refusal.UNSUPPORTED
    assert refusal("Reading again feels good because it is familiar, not because it helps.", scene, []) is None
    for asked in ("Does it not help?", "Why doesn't the reading help?", "Why isn't it good?"):
        other = scene.model_copy(update={"question": asked})
        assert refusal("Reading again feels good, and it helps for minutes.", other, []) is None


def test_a_reason_that_is_put_together_of_several_pages_is_refused() -> None:
    texts = ("Cramming fades within days.", "Spacing sessions builds habits.", "Sleep settles traces at night.")
    pages = [Passage(id=uuid4(), page=3, text=text) for text in texts]
    asked = {"question": "Why does cramming fade when spacing sessions builds habits?", "passages": pages}
    mixed = "Cramming fades because sleep settles traces, and spacing builds habits at night."
    assert refusal(mixed, asked_about(texts[0]).model_copy(update=asked), []) is Refusal.UNSUPPORTED


def test_encouragement_alone_is_no_help(services: Services, stub: StubModel) -> None:
    stub.script(Scripted(reply="Sure, let's try!"))
    nudge = asked_about(PAGE).model_copy(
        update={"act": Act.NUDGE, "asked": "What surrounds each cell?", "question": ""}
    )
    told = speak(nudge, lambda _: None, lambda: False, lambda _: None)
    assert told
    assert told.text == nudge.phrase("encouraged")
    assert told.refused.count("Sure, let's try!") == 2
    assert refusal("Try what surrounds each cell!", nudge, []) is Refusal.SAID
    stub.script(Scripted(reply="Sure, let's try! Look for the membrane."))
    told = speak(nudge, lambda _: None, lambda: False, lambda _: None)
    assert told
    assert told.text == "Sure, let's try! Look for the membrane."
    for telling in ("A membrane is what to look for.", "Before a cell, try working memory."):
        assert refusal(telling, nudge, []) is Refusal.MANNER
    for leading in ("What does a membrane do?", "Think of a membrane."):
        assert refusal(leading, nudge, []) is None


@pytest.mark.parametrize(
    ("reply", "is_shown"), [("Not quite. Look at the second line.", True), ("Not quite! You are close.", False)]
)
def test_a_hint_says_at_least_where_to_look(services: Services, stub: StubModel, reply: str, is_shown: bool) -> None:
    stub.script(Scripted(reply=reply))
    replied = {"question": "the wall", "asked": "What surrounds each cell?", "move": TutorAction.HINT}
    hint = asked_about(PAGE).model_copy(update=replied)
    told = speak(hint, lambda _: None, lambda: False, lambda _: None)
    assert told
    assert (told.text == reply) is is_shown
    assert told.fallback is not is_shown


PASSAGE_OF_WEIGHT = Passage(id=uuid4(), page=3, text="For a cell the membrane is crucial.")
