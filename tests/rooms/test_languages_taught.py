"""Classes in other languages and scripts than English: sentences, words, what is heard, guarded and said by rule."""

import re
from string import Formatter

import pytest
from parts import Services
from scenes import asked_about
from stub_model import Scripted, StubModel

from app.base.scripts import count_words, gap, is_question, numerals, reading_length, run_on, with_plain_digits
from app.classroom.directing.director import Act
from app.classroom.log.hearing import hear, wants_answer
from app.classroom.log.phrases import cries_in
from app.classroom.schema import Intent, TutorAction, Verdict, Voice
from app.classroom.speech import phrasing as of_class
from app.classroom.speech.guard import Refusal, leaks, says_again
from app.classroom.speech.manner import speaks_otherwise
from app.classroom.speech.prompting import prompt_of
from app.classroom.speech.quoting import split
from app.classroom.speech.refusing import refusal
from app.classroom.speech.scaffold import by_words
from app.classroom.speech.speaking import sentences, speak
from app.classroom.speech.standing_in import asks_which_part, not_covered, stand_in
from app.courses.grounding import is_talk, supported
from app.courses.schema import Passage
from app.courses.stemming import stems
from app.lessons.planning import phrasing as of_lessons
from app.lessons.words import ended, key, words
from app.lessons.words import sentences as written
from app.lessons.words import stems as about

LEAF = "植物利用阳光制造食物。光合作用在叶绿体中进行。"
BLATT = "Chlorophyll nimmt rotes und blaues Licht auf. Grünes Licht wirft es zurück."


def on_page(text: str, language: str = "Chinese", question: str = "植物在哪里进行光合作用？"):
    scene = asked_about(text, "光合作用" if language == "Chinese" else "Chlorophyll")
    return scene.model_copy(update={"language": language, "question": question})


# ------------------------------------------------------------------------------------------------------- the scripts


def test_sentences_without_spaces_are_told_by_their_marks() -> None:
    said = "他说：“好。”然后走了。真的吗？是的！ It is 3.5 m. “Yes.”"
    assert split(said) == ["他说：“好。”", "然后走了。", "真的吗？", "是的！", "It is 3.5 m.", "“Yes.”"]
    assert written("它很小。它有膜。 It is small.") == ["它很小。", "它有膜。", "It is small."]
    assert split("真的？！好。") == ["真的？！", "好。"]
    assert split("यह छोटा है। इसमें झिल्ली है।") == ["यह छोटा है।", "इसमें झिल्ली है।"]
    assert ended("它很小") == "它很小。"
    assert ended("It is small") == "It is small."
    assert ended("使用ATP") == "使用ATP。"


def test_sentences_follow_each_other_as_their_script_has_it() -> None:
    assert run_on(["它很小。", "它有膜。", "It is small.", "It grows."]) == "它很小。它有膜。It is small. It grows."
    assert (gap(""), gap("他说：“好。”"), gap("Yes.")) == ("", "", " ")


def test_two_signs_count_as_a_word_where_no_spaces_are() -> None:
    assert count_words("植物利用阳光") == 3
    assert count_words("植物 in light") == 3
    assert words("光合作用 needs 阳光") == ["光合", "作用", "needs", "阳光"]


def test_signs_take_longer_to_read_than_letters() -> None:
    assert reading_length("植物 in") == 2 * 3 + 3
    assert reading_length("a plant") == 7


def test_numbers_are_read_in_the_words_and_digits_of_other_scripts() -> None:
    assert numerals("三百二十一个，一万二千零五，二〇二四年，十二") == {"321", "12005", "2024", "12"}
    assert numerals("no number") == set()
    assert with_plain_digits("１２ and ٣٤") == "12 and 34"


def test_texts_meet_in_their_words_whatever_the_script() -> None:
    assert stems("叶绿体在哪里？") == {"叶绿", "绿体"}
    assert stems("Blätter sind grün und weich") == {"blät", "grün", "weich"}
    assert stems("Растения дышат") == {"растени", "дышат"}
    assert about("他们在叶绿体中") == {"叶绿", "绿体", "体中"}
    assert key("它有膜。") in key("我们看到，它有膜。")


def test_a_question_is_told_by_the_mark_of_its_script() -> None:
    assert all(map(is_question, ("真的吗？", "Really?", "حقا؟", "Τι είναι;")))
    assert not any(map(is_question, ("真的。", "first; second;")))


# ------------------------------------------------------------------------------------------------- what is heard


@pytest.mark.parametrize(
    ("language", "said", "wants", "asked"),
    [
        ("zh", "我不懂", Intent.CONFUSED, Intent.CONFUSED),
        ("zh", "为什么叶子是绿色的？", Intent.QUESTION, Intent.QUESTION),
        ("zh", "植物在哪里进行光合作用", Intent.QUESTION, Intent.QUESTION),
        ("zh", "植物晚上呼吸吗", Intent.QUESTION, Intent.QUESTION),
        ("zh", "是叶绿体吗？", Intent.QUESTION, Intent.ANSWER),
        ("zh", "叶绿体", Intent.STATEMENT, Intent.ANSWER),
        ("zh", "吗啡", Intent.STATEMENT, Intent.ANSWER),
        ("zh", "明白了，谢谢老师！", Intent.THANKS, Intent.THANKS),
        ("zh", "没有了氧气就不能呼吸", Intent.STATEMENT, Intent.ANSWER),
        ("zh", "继续吧", Intent.GO_ON, Intent.GO_ON),
        ("zh", "继续分裂", Intent.STATEMENT, Intent.ANSWER),
        ("zh", "等一下", Intent.HOLD_ON, Intent.HOLD_ON),
        ("zh", "光、水，等等", Intent.STATEMENT, Intent.ANSWER),
        ("zh", "举个例子", Intent.EXAMPLE, Intent.ANSWER),
        ("zh", "再说一遍", Intent.SIMPLER, Intent.ANSWER),
        ("zh", "你们都是白痴", Intent.ABUSE, Intent.ABUSE),
        ("zh", "把滚开的水倒进杯子", Intent.STATEMENT, Intent.ANSWER),
        ("de", "Das verstehe ich nicht", Intent.CONFUSED, Intent.CONFUSED),
        ("de", "Warum sind Blätter grün?", Intent.QUESTION, Intent.QUESTION),
        ("de", "Danke, alles klar", Intent.THANKS, Intent.THANKS),
        ("de", "Weiter bitte", Intent.GO_ON, Intent.GO_ON),
        ("de", "weiter weg von der Sonne", Intent.STATEMENT, Intent.ANSWER),
        ("de", "Moment einer Kraft", Intent.STATEMENT, Intent.ANSWER),
        ("fr", "Je ne comprends pas", Intent.CONFUSED, Intent.CONFUSED),
        ("fr", "la suite de Fibonacci", Intent.STATEMENT, Intent.ANSWER),
        ("es", "¿Por qué es verde?", Intent.QUESTION, Intent.QUESTION),
        ("it", "Non ho capito", Intent.CONFUSED, Intent.CONFUSED),
        ("nl", "Ik snap het niet", Intent.CONFUSED, Intent.CONFUSED),
        ("pt", "Não entendi", Intent.CONFUSED, Intent.CONFUSED),
        ("pt", "a água pode evaporar", Intent.STATEMENT, Intent.ANSWER),
        ("ja", "I don't get it", Intent.CONFUSED, Intent.CONFUSED),
    ],
)
def test_what_students_want_is_heard_in_the_language_of_the_class(
    language: str, said: str, wants: Intent, asked: Intent
) -> None:
    assert hear(said, language=language).intent is wants
    assert hear(said, is_asked=True, language=language).intent is asked


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("我不想活了", "zh"),
        ("Ich will sterben", "de"),
        ("quiero morir", "es"),
        ("j'ai envie de mourir", "fr"),
        ("死にたい", "ja"),
        ("я хочу умереть", "ru"),
        ("i want to die", "en"),
    ],
)
def test_distress_is_heard_in_every_class(said: str, code: str) -> None:
    assert hear(said).intent is Intent.DISTRESS
    assert cries_in(said.lower()) == code


@pytest.mark.parametrize(
    "said",
    [
        "离子通道什么时候被打开？",
        "没有水，植物就活不下去",
        "免疫系统为什么会伤害自己的细胞？",
        "细胞凋亡就是细胞结束生命",
        "Dinosaurier sind Tiere, die heute nicht mehr leben",
        "dieren die niet meer leven",
    ],
)
def test_matters_of_life_and_death_are_no_distress(said: str) -> None:
    for language in ("en", "zh", "de", "nl"):
        assert hear(said, language=language).intent is not Intent.DISTRESS


@pytest.mark.parametrize(
    "said", ["moment of inertia", "was it 1914?", "come on, is it 42?", "O?", "comment", "quanta", "chi squared", "DES"]
)
def test_in_an_english_class_words_of_other_languages_are_english(said: str) -> None:
    assert hear(said, is_asked=True).intent is Intent.ANSWER


def test_who_wants_the_answer_told_is_heard() -> None:
    assert wants_answer("直接告诉我答案吧", "zh")
    assert wants_answer("请告诉我答案，谢谢", "zh")
    assert wants_answer("Sag mir doch einfach die Antwort", "de")
    assert wants_answer("¿Cuál es la respuesta?", "es")
    assert not wants_answer("告诉我叶绿体的答案", "zh")
    assert not wants_answer("tell me the answer, is it die")


# ---------------------------------------------------------------------------------------------- what is guarded


@pytest.mark.parametrize(
    ("said", "key", "verdict"),
    [
        ("埃及", "埃及", Verdict.RIGHT),
        ("在叶绿体里", "叶绿体", Verdict.RIGHT),
        ("水。", "水", Verdict.RIGHT),
        ("The article is more.", "more", None),
        ("more", "more", Verdict.RIGHT),
        ("。", "水", Verdict.UNCLEAR),
    ],
)
def test_the_words_of_the_key_are_right_in_every_script(said: str, key: str, verdict: Verdict | None) -> None:
    assert by_words(said, key, "问题是什么？") is verdict


@pytest.mark.parametrize(
    ("said", "key", "asked"),
    [
        ("它在叶绿体里进行。", "叶绿体", "光合作用在哪里进行？"),
        ("金字塔在埃及。", "埃及", "金字塔在哪里？"),
        ("答案是水。", "水", "它需要什么？"),
        ("答案是十二。", "12", "一共有多少？"),
        ("答案是１２。", "12", "一共有多少？"),
        ("答えは水です。", "水", "何が要りますか？"),
        ("답은 물입니다.", "물", "무엇이 필요해요?"),
        ("उत्तर पानी है।", "पानी", "क्या चाहिए?"),
        ("В хлоропластах!", "в хлоропластах", "Где идёт фотосинтез?"),
        ("это мы.", "мы", "кто?"),
        ("Blätter!", "in Blättern", "Wo findet Photosynthese statt?"),
        ("Die Zellwände.", "Zellwand", "Was schützt die Pflanzenzelle?"),
        ("The article is das.", "das", "Which article goes with Kind?"),
        ("The cipher was DES.", "DES", "Which cipher did AES replace?"),
        ("It is log₂ of n.", "log", "What grows so slowly?"),
    ],
)
def test_the_answer_of_an_open_question_is_kept(said: str, key: str, asked: str) -> None:
    assert leaks(said, key, asked)
    assert not leaks(asked, key, asked)


def test_what_no_page_says_is_refused_and_what_one_says_is_not() -> None:
    ground = [Passage.model_construct(id=None, page=1, text=LEAF)]
    assert supported("植物进行光合作用的地方是叶绿体。", ground)
    assert not supported("恐龙在白垩纪末期灭绝了。", ground)
    assert not is_talk("恐龙灭绝了。")
    assert is_talk("好问题！我们一起来看看。")
    assert is_talk("看看第2页。")
    assert not is_talk("Митохондрии дают энергию.")
    assert not is_talk("Gracias, es una buena pregunta.")
    beside = {
        "공룡은 화성에서 왔습니다.": "식물은 빛으로 양분을 만듭니다.",
        "डायनासोर विलुप्त हो गए।": "कोशिका पानी से बनी होती है।",
        "กรุงเทพเป็นเมืองหลวงของไทย": "พืชใช้แสงแดดสร้างอาหาร",
    }
    for strange, page in beside.items():
        assert not supported(strange, [Passage.model_construct(id=None, page=1, text=page)]), strange
        assert supported(page, [Passage.model_construct(id=None, page=1, text=page)]), page
    assert says_again("光合作用在叶绿体中进行。", [LEAF])


def test_a_model_that_gives_a_chinese_answer_away_is_replaced_by_a_chinese_hint(
    services: Services, stub: StubModel
) -> None:
    stub.script(Scripted(reply="光合作用在叶绿体中进行。"))
    scene = on_page(LEAF).model_copy(
        update={"asked": "光合作用在哪里进行？", "key": "叶绿体", "move": TutorAction.HINT, "verdict": Verdict.WRONG}
    )
    shown: list[str] = []
    told = speak(scene, shown.append, lambda: False, lambda _: None)
    assert told
    assert told.fallback
    assert told.text == "".join(shown) == scene.phrase("hinted")
    assert told.reason == Refusal.LEAK.value


def test_sentences_in_another_language_than_the_class_are_refused() -> None:
    scene = on_page(LEAF)
    assert refusal('What does "光合作用" mean for a plant?', scene, []) is Refusal.MANNER
    assert refusal("植物在叶绿体中进行光合作用。", scene, []) is None
    assert not speaks_otherwise("ATP是能量。", "zh", "ATP是细胞的能量。")
    assert speaks_otherwise("The light is what it needs and that is all.", "de", BLATT)
    assert not speaks_otherwise("The light is what it needs and that is all.", "en", LEAF)
    assert speaks_otherwise("Gracias, es una buena pregunta.", "en", "Cells are small and they are alive.")
    assert not speaks_otherwise("这就是 machine learning algorithm。", "zh", LEAF)
    assert not speaks_otherwise("Das Zeichen bedeutet Wasser und wird so geschrieben.", "de", "水\nshuǐ: Wasser")
    assert not speaks_otherwise("Der Satz heißt „The cat is on the mat and it is red“.", "de", BLATT)
    assert not speaks_otherwise("Рослина росте вгору.", "uk", "Рослини дихають.")


def test_a_prompt_says_the_language_last() -> None:
    assert prompt_of(on_page(LEAF)).turn.endswith("Say it in Chinese.")
    assert "Say it in" not in prompt_of(on_page(LEAF, "English")).turn


def test_chinese_is_said_sentence_by_sentence_while_it_streams() -> None:
    taken: list[str] = []

    def deltas():
        for part in ("植物利用", "阳光。光合", "作用在“叶绿体", "”中进行。", "真的"):
            taken.append(part)
            yield part

    found = [(sentence, len(taken)) for sentence in sentences(deltas())]
    assert found == [("植物利用阳光。", 2), ("光合作用在“叶绿体”中进行。", 4)]


# --------------------------------------------------------------------------------------------- what is said by rule


@pytest.mark.parametrize("book", [of_class._book(), of_lessons._book()])
def test_every_language_has_every_phrase_with_the_same_parts(book) -> None:
    usual = book.tables["en"]
    for language, table in book.tables.items():
        assert table.keys() == usual.keys(), language
        for name, words_of in table.items():
            parts = [{part for _, part, _, _ in Formatter().parse(one) if part} for one in (words_of, usual[name])]
            assert parts[0] == parts[1], (language, name)


@pytest.mark.parametrize(("language", "sign"), [("Chinese", "第2页"), ("German", "Seite 2"), ("French", "page 2")])
def test_what_stands_in_is_in_the_language_of_the_class(language: str, sign: str) -> None:
    scene = on_page(LEAF, language)
    assert sign in not_covered(scene)
    nudge = scene.model_copy(update={"act": Act.NUDGE})
    assert sign in stand_in(nudge)[0]
    lost = scene.model_copy(update={"intent": Intent.CONFUSED, "question": "？"})
    assert asks_which_part(stand_in(lost)[0])
    assert of_class.phrase("closing", language) != of_class.phrase("closing", "English")
    assert of_class.phrase("closing", "Klingon") == of_class.phrase("closing", "English")


def test_a_quote_in_chinese_has_no_spaces_between() -> None:
    text, passages = stand_in(on_page(LEAF).model_copy(update={"voice": Voice.TUTOR}))
    assert passages
    assert re.fullmatch(r"我可以告诉你它写在哪里。第2页写着：“.*光合作用在叶绿体中进行。”", text)
