"""Steering a class in the browser: a stop in mid-line, wishes, mode and speed, and what the page says of it all.

No worker runs here, so that only the test and the student append to a class.
"""

import time
from collections.abc import Callable
from uuid import UUID

import pytest
from parts import Services
from people import School, school
from playwright.sync_api import Page, expect
from steering import LONG, append, log_of, said, shown

from app.base.db import new_id, unit_of_work
from app.classroom import service as classroom
from app.classroom.log.hearing import hear
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Intent, Kind, Verdict, Voice
from app.classroom.speech.lines import say_line
from app.courses.schema import Region
from app.web.classes import WISHES

pytestmark = pytest.mark.browser

Tab = Callable[..., Page]


@pytest.fixture
def held(db: Services) -> School:
    """A school whose lesson is approved."""
    made = school()
    made.approve()
    return made


def heard(page: Page, letters: int) -> None:
    """Wait until so many letters of the first line can be seen."""
    seen = "document.querySelector('.said-words')?.firstChild?.data?.length ?? 0"
    for _ in range(200):
        if page.evaluate(seen) >= letters:
            return
        time.sleep(0.05)
    raise TimeoutError("the line is not uncovered")


def test_stop_in_mid_line_cuts_the_line_where_it_was(held: School, class_id: UUID, tab: Tab) -> None:
    """What was not heard is gone from the page, from the other tab, from the log's state, and after a reload."""
    one = shown(tab(held.student), class_id)
    two = shown(tab(beside=one), class_id)
    one.bring_to_front()
    append(class_id, Draft(kind=Kind.PAGE, body=Body(page=1, action=0)), *said(Voice.TEACHER, LONG, action=1))
    expect(one.locator(".said .ahead")).to_have_count(1)
    heard(one, 60)
    one.click("[data-verb=interrupt]")
    line = one.locator(".said.cut .said-words")
    expect(line).to_contain_text("...")
    expect(one.locator(".said-cut")).to_be_visible()
    expect(one.locator("[data-verb=interrupt]")).to_be_hidden()
    cut = next(event for event in log_of(class_id) if event.kind is Kind.CUT)
    assert 40 <= cut.body.heard < len(LONG)
    assert line.inner_text() == f"{LONG[: cut.body.heard].rstrip()} ..."
    with unit_of_work() as session:
        assert classroom.state(session, class_id).recent[-1].text == line.inner_text()
    expect(two.locator(".said.cut .said-words")).to_have_text(line.inner_text())
    one.reload()
    expect(one.locator(".said.cut .said-words")).to_have_text(line.inner_text())


SPEECH = """
window.spoken = [];
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
const speak = (words) => window.spoken.push(words);
const speech = { getVoices: () => [], speak, cancel() {}, pause() {}, resume() {} };
Object.defineProperty(window, "speechSynthesis", { value: speech });
"""
"""A browser's speech that says nothing and remembers what it was given."""


def listening(page: Page, class_id: UUID) -> None:
    """In the class with the voices on and without motion."""
    page.add_init_script(SPEECH)
    page.emulate_media(reduced_motion="reduce")
    shown(page, class_id)
    page.keyboard.press("v")


def test_with_voices_on_the_cut_follows_the_speech(held: School, class_id: UUID, tab: Tab) -> None:
    """Agents sound as the cast has them, faster with the class; a stop cuts where the voice was, not the words."""
    page = tab(held.student)
    listening(page, class_id)
    page.select_option("[name=speed]", "1.5")
    expect(page.locator(".talk-line.speed-set")).to_have_count(1)
    append(class_id, Draft(kind=Kind.PAGE, body=Body(page=1, action=0)), *said(Voice.TUTOR, LONG, action=1))
    expect(page.locator(".said .said-words")).to_have_text(LONG)
    assert page.evaluate("[spoken[0].pitch, spoken[0].rate]") == pytest.approx([0.85, 1.53])
    assert page.evaluate("spoken[0].text") == LONG
    page.evaluate("spoken[0].onboundary({ charIndex: 30 })")
    page.locator(".talk-log").focus()
    page.keyboard.press("s")
    expect(page.locator(".said.cut .said-words")).to_have_text(f"{LONG[:30].rstrip()} ...")


def test_a_voice_says_formulas_in_words(held: School, class_id: UUID, tab: Tab) -> None:
    """And what was heard of them is counted in the words that are shown."""
    page = tab(held.student)
    listening(page, class_id)
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        text = r"So $\frac{x_1^2}{\sqrt{\alpha}} \le \sum_{i=1}^{n} 10^{-3}$ holds, and/or \(b\)."
        say_line(log, Body(text=text, page=1), Voice.TUTOR)
    line = page.locator(".said .said-words")
    expect(line).to_have_text("So x₁²/√α ≤ ∑ᵢ₌₁ⁿ 10⁻³ holds, and/or b.")
    spoken = page.evaluate("spoken[0].text")
    assert " ".join(spoken.split()) == (
        "So x 1 squared over the square root of alpha is at most the sum from i=1 to n of 10 to the power minus 3 "
        "holds, and/or b."
    )
    page.evaluate("spoken[0].onboundary({ charIndex: spoken[0].text.indexOf('holds') })")
    page.locator(".talk-log").focus()
    page.keyboard.press("s")
    expect(page.locator(".said.cut .said-words")).to_have_text("So x₁²/√α ≤ ∑ᵢ₌₁ⁿ 10⁻³ ...")


def test_chinese_is_uncovered_sign_by_sign_and_read_by_a_voice_of_its_own(
    held: School, class_id: UUID, tab: Tab
) -> None:
    page = shown(tab(held.student), class_id)
    expect(page.locator(".caption-words")).to_have_attribute("lang", "en")
    uncovered = """async () => {
        const { Words } = await import('/static/class-words.js');
        const words = new Words([document.createElement('p')]);
        words.extend(0, '植物需要 ATP 和光。It grows.');
        const seen = [2.5, 6.5, 8.2, 10, 14].map((at) => {
            words.halt(); words.at = at; words.paint(); return words.views[0].shown.data;
        });
        words.halt();
        return [seen, words.rate];
    }"""
    seen, rate = page.evaluate(uncovered)
    assert seen == ["植物", "植物需要", "植物需要 ATP", "植物需要 ATP 和", "植物需要 ATP 和光。It"]
    assert 14 < rate < 42
    chosen = """async () => {
        const { Voices } = await import('/static/class-voice.js');
        const voices = new Voices(document.createElement('button'), new Map(), 'zh');
        voices.speech = { getVoices: () => [{ lang: 'en-GB' }, { lang: 'zh-CN' }], cancel() {}, resume() {} };
        return voices.choose(0).lang;
    }"""
    assert page.evaluate(chosen) == "zh-CN"


def test_words_are_only_ever_uncovered(held: School, class_id: UUID, tab: Tab) -> None:
    """A frame that began before it was asked for, as in a busy browser, once showed nearly all of a line at first."""
    page = tab(held.student)
    late = "const ask = requestAnimationFrame; window.requestAnimationFrame = (then) => ask((now) => then(now - 400));"
    page.add_init_script(late)
    shown(page, class_id)
    page.evaluate(
        """() => {
        window.lengths = [];
        const note = () => lengths.push(document.querySelector(".said-words")?.firstChild?.data?.length ?? 0);
        new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
    }"""
    )
    append(class_id, Draft(kind=Kind.PAGE, body=Body(page=1, action=0)), *said(Voice.TEACHER, LONG, action=1))
    heard(page, 1)
    expect(page.locator(".said .ahead")).to_have_count(0, timeout=20_000)
    lengths = page.evaluate("lengths")
    assert lengths == sorted(lengths)


def test_without_motion_a_line_is_there_at_once_and_a_stop_cuts_nothing(held: School, class_id: UUID, tab: Tab) -> None:
    page = tab(held.student)
    page.emulate_media(reduced_motion="reduce")
    shown(page, class_id)
    append(class_id, Draft(kind=Kind.PAGE, body=Body(page=1, action=0)), *said(Voice.TUTOR, LONG, action=1))
    expect(page.locator(".said .said-words")).to_have_text(LONG)
    assert page.locator(".said .ahead").count() == 0
    page.keyboard.press("h")
    expect(page.locator(".doing-text")).to_have_text("Your hand is up; you are next")
    page.keyboard.press("h")
    expect(page.locator(".hand")).to_have_attribute("aria-pressed", "false")
    assert Kind.CUT not in [event.kind for event in log_of(class_id)]


def test_words_break_in_and_a_wish_is_said_for_the_student(held: School, class_id: UUID, tab: Tab) -> None:
    page = shown(tab(held.student), class_id)
    append(class_id, Draft(kind=Kind.PAGE, body=Body(page=1, action=0)), *said(Voice.TEACHER, LONG, action=1))
    heard(page, 30)
    page.click("text=An example")
    expect(page.locator(".said.own .said-words")).to_have_text(WISHES[1][1])
    expect(page.locator(".said.cut")).to_have_count(1)
    kinds = [event.kind for event in log_of(class_id)]
    assert kinds[-2:] == [Kind.CUT, Kind.ASKED]
    assert log_of(class_id)[-1].body.intent is Intent.EXAMPLE


def test_wishes_are_read_as_what_they_are() -> None:
    assert [hear(words).intent for _, words in WISHES] == [Intent.SIMPLER, Intent.EXAMPLE, Intent.DEEPER]


def test_mode_and_speed_survive_a_reload_and_reach_other_tabs(held: School, class_id: UUID, tab: Tab) -> None:
    """Interactive: the class waits after a point, and Continue stands out."""
    one = shown(tab(held.student), class_id)
    two = shown(tab(beside=one), class_id)
    one.keyboard.press("m")
    one.select_option("[name=speed]", "1.5")
    expect(one.locator(".talk-line.speed-set")).to_contain_text("1.5")
    one.reload()
    for page in (one, two):
        expect(page.locator("[data-mode=interactive]")).to_have_attribute("aria-pressed", "true")
        expect(page.locator("[name=speed]")).to_have_value("1.5")
    append(class_id, *said(Voice.TEACHER, "A leaf makes sugar.", action=1))
    for page in (one, two):
        expect(page.locator(".doing-text")).to_have_text("Your turn: ask, answer, or continue")
        expect(page.locator("[data-verb=continue].next")).to_be_visible()
    one.keyboard.press("c")
    expect(two.locator("[data-verb=continue].next")).to_have_count(0)


def test_a_prepared_turn_is_not_there_before_its_words(held: School, class_id: UUID, tab: Tab) -> None:
    page = shown(tab(held.student), class_id)
    append(class_id, Draft(kind=Kind.PAGE, body=Body(page=1, action=0)))
    turn = Body(turn=new_id(), page=1, cause="prepared")
    append(class_id, Draft(kind=Kind.TURN, voice=Voice.CURIOUS, body=turn), Draft(kind=Kind.PAUSED))
    expect(page.locator(".talk-line.class-paused")).to_have_count(1)
    assert page.locator(".said").count() == 0
    assert page.locator(".cast .thinking").count() == 0
    append(class_id, Draft(kind=Kind.WITHDRAWN, voice=Voice.CURIOUS, body=turn), Draft(kind=Kind.RESUMED))
    expect(page.locator(".talk-line.class-resumed")).to_have_count(1)
    assert page.locator(".said").count() == 0
    again = turn.model_copy(update={"turn": new_id()})
    spoken = again.model_copy(update={"text": "Also at night?", "cause": ""})
    append(class_id, Draft(kind=Kind.TURN, voice=Voice.CURIOUS, body=again))
    append(class_id, Draft(kind=Kind.SAID, voice=Voice.CURIOUS, body=spoken))
    expect(page.locator(".said .said-words")).to_have_text("Also at night?")


def test_a_gate_waits_for_the_answer_and_says_so(held: School, class_id: UUID, tab: Tab) -> None:
    """Continue does not lead past it, also after a hint; a right answer opens it."""
    page = shown(tab(held.student), class_id)
    append(class_id, *said(Voice.TEACHER, "What does a leaf need?", action=1, asks=True, gate=True))
    onward = page.locator("[data-verb=continue]")
    reply = Draft(kind=Kind.ASKED, voice=Voice.STUDENT, body=Body(text="A hat", page=1, intent=Intent.ANSWER))
    expect(page.locator(".say-hint")).to_contain_text("once your answer is right")
    expect(onward).to_be_disabled()
    asked = append(class_id, reply)[0]
    append(class_id, *said(Voice.TUTOR, "Think of the sun.", answers=asked, verdict=Verdict.WRONG))
    expect(page.locator(".said-verdict[data-verdict=wrong]")).to_be_visible()
    expect(onward).to_be_disabled()
    asked = append(class_id, reply)[0]
    append(class_id, *said(Voice.TUTOR, "Light, yes.", answers=asked, verdict=Verdict.RIGHT))
    expect(onward).to_be_enabled()


def test_verdicts_are_said_in_words(held: School, class_id: UUID, tab: Tab) -> None:
    page = shown(tab(held.student), class_id)
    words = {Verdict.RIGHT: "right", Verdict.PARTLY: "partly right", Verdict.WRONG: "not yet"}
    for verdict, word in words.items():
        append(class_id, *said(Voice.TUTOR, "Well.", verdict=verdict))
        expect(page.locator(f".said-verdict[data-verdict={verdict.value}]")).to_contain_text(word)


def test_on_a_phone_a_lost_line_and_the_notes_are_in_reach_below(held: School, class_id: UUID, tab: Tab) -> None:
    """The head of the room is far above once much was said."""
    page = shown(tab(held.student, width=360), class_id)
    append(class_id, *[one for number in range(12) for one in said(Voice.TEACHER, f"Line {number}. " * 12)])
    expect(page.locator(".said-words", has_text="Line 11.")).to_be_visible()
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    expect(page.locator(".room-head h1")).not_to_be_in_viewport()
    page.locator(".link").evaluate("(line) => { line.hidden = false; line.textContent = 'Reconnecting'; }")
    expect(page.locator(".link")).to_be_in_viewport(ratio=1)
    page.click(".more > summary")
    notes = page.locator(".sheet-notes")
    expect(notes).to_be_in_viewport(ratio=1)
    notes.click()
    page.wait_for_url(f"**/classes/{class_id}/notes")


def test_an_agent_points_and_the_light_goes_out_with_the_next_turn(held: School, class_id: UUID, tab: Tab) -> None:
    """Seen and told, also after a reload; what was pointed at is named."""
    page = shown(tab(held.student, width=360), class_id)
    append(class_id, Draft(kind=Kind.PAGE, body=Body(page=1, action=0)))
    expect(page.locator(".stage-picture")).to_be_visible()
    words = "Leaf 1 makes sugar"
    region = Region(left=0.1, top=0.2, width=0.3, height=0.1)
    lit = Body(page=1, region=region, text=words, cause="turn")
    append(class_id, *said(Voice.TUTOR, "Look here."), Draft(kind=Kind.SPOTLIGHT, voice=Voice.TUTOR, body=lit))
    light = page.get_by_role("img", name=f"Pointed at: {words}")
    expect(light).to_be_visible()
    expect(page.locator(".announcer")).to_contain_text(f"Pointed at on the page: “{words}”")
    page.reload()
    expect(light).to_be_visible()
    append(class_id, *said(Voice.TEACHER, "We go on."))
    expect(light).to_be_hidden()


def test_every_kind_of_event_has_its_words_or_none(held: School, class_id: UUID, tab: Tab) -> None:
    """The page's fold and its words take all kinds in every order of two, and say something each time."""
    page = shown(tab(held.student), class_id)
    body = Body(turn=new_id(), page=1, text="Words.", name="Kim", cause="up", answers=1, heard=2)
    kinds = [one for kind in Kind for other in Kind for one in (kind, other)]
    log = [
        {"seq": seq, "kind": kind.value, "voice": "tutor", "person_id": str(new_id()), "at": "2026-01-01T00:00:00Z"}
        | {"body": body.model_dump(mode="json")}
        for seq, kind in enumerate(kinds, 1)
    ]
    replay = """async (log) => {
        const { Room, doing, lineOf } = await import('/static/class-room.js');
        const room = new Room(3, 'me');
        return log.map((event) => {
            room.take(event);
            return [lineOf(event, 'A title', 'Kim'), doing(room, (voice) => voice, '').text];
        });
    }"""
    for line, now in page.evaluate(replay, log):
        assert now
        assert "undefined" not in line + now
        assert "null" not in line + now


@pytest.mark.parametrize(("share", "is_open"), [(0.3, False), (0.9, True)])
def test_an_answer_is_asked_for_once_the_question_was_read(
    held: School, class_id: UUID, tab: Tab, share: float, is_open: bool
) -> None:
    """And again after somebody broke into it, if it was heard well enough to be answered; so does the class."""
    page = shown(tab(held.student), class_id)
    asks = said(Voice.TUTOR, LONG, asks=True)
    *_, asked = append(class_id, Draft(kind=Kind.PAGE, body=Body(page=1, action=0)), *asks)
    heard(page, 30)
    assert page.get_by_placeholder("Your answer").count() == 0
    expect(page.get_by_placeholder("Your answer")).to_be_visible(timeout=20_000)
    assert page.locator(".said .ahead").count() == 0
    append(class_id, Draft(kind=Kind.CUT, body=Body(answers=asked, heard=int(share * len(LONG)))))
    expect(page.locator(".said.cut")).to_have_count(1)
    expect(page.get_by_placeholder("Your answer" if is_open else "Ask anything")).to_be_visible()
    with unit_of_work() as session:
        assert bool(classroom.state(session, class_id).open_ask) == is_open


def test_who_raises_a_hand_is_still_asked(held: School, class_id: UUID, tab: Tab) -> None:
    page = shown(tab(held.student), class_id)
    asks = said(Voice.TEACHER, "Why?", asks=True)
    append(class_id, Draft(kind=Kind.PAGE, body=Body(page=1, action=0)), *asks)
    expect(page.get_by_placeholder("Your answer")).to_be_visible()
    append(class_id, Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=Body(text="Yes?", page=1, cause="invitation")))
    expect(page.locator(".said-words").last).to_have_text("Yes?")
    expect(page.get_by_placeholder("Your answer")).to_be_visible()


@pytest.mark.parametrize("width", [360, 900, 1280])
def test_nothing_sticks_out_with_everything_shown(held: School, class_id: UUID, tab: Tab, width: int) -> None:
    """Asked, judged, cut, with the menu open: no sideways scroll, and on a wide screen none downwards either."""
    page = shown(tab(held.student, width=width), class_id)
    seqs = append(class_id, Draft(kind=Kind.PAGE, body=Body(page=1, action=0)), *said(Voice.TUTOR, LONG, asks=True))
    append(class_id, Draft(kind=Kind.CUT, body=Body(answers=seqs[-1], heard=30)))
    for _ in range(9):
        append(class_id, *said(Voice.TUTOR, "Not all of it. What else?", asks=True, verdict=Verdict.PARTLY))
    expect(page.locator(".said-verdict:visible")).to_have_count(9)
    page.click(".more > summary")
    expect(page.locator("[data-verb=end]")).to_be_in_viewport()
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
    assert width < 900 or page.evaluate(f"{root}.scrollHeight <= {root}.clientHeight")
    page.keyboard.press("Escape")
    expect(page.locator(".more-sheet")).to_be_hidden()
