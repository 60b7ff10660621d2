"""The demo course's deck: "How memory works", ten pages, drawn with python-pptx.

The figures are from the studies named on the pages: Ebbinghaus 1885; Cowan 2001; Roediger and Karpicke 2006,
experiment 1; Cepeda and others 2008; Rohrer and Taylor 2007, experiment 2; Bjork 1994.
"""

from pathlib import Path

from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE
from pptx.presentation import Presentation as Deck
from pptx.util import Inches

from app.cli.demo_drawing import (
    AMBER,
    CORAL,
    HEADLINE,
    HEIGHT,
    INK,
    MARGIN,
    MIST,
    MUTED,
    SKY,
    TEAL,
    WHITE,
    WIDTH,
    arrow,
    box,
    chart,
    colour,
    dot,
    group,
    new_slide,
    rule,
    table,
    words,
)

TITLE = "How memory works: learning that lasts"


def build_demo_deck(path: Path) -> None:
    """Write the deck to `path` as PPTX."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    for page in (
        _opening,
        _three_steps,
        _small_desk,
        _forgetting,
        _retrieval,
        _spacing,
        _gaps,
        _interleaving,
        _fluency,
        _plan,
    ):
        page(deck)
    deck.core_properties.title = TITLE
    deck.save(str(path))


def _opening(deck: Deck) -> None:
    slide = new_slide(
        deck,
        "How memory works",
        "Welcome. Today is about one question: why does so much of what we study slip away, and what makes it stay? "
        "You will leave with four habits that decades of experiments support.",
    )
    slide.background.fill.fore_color.rgb = colour(INK)
    heading = slide.shapes.title
    assert heading is not None
    heading.left, heading.top, heading.width, heading.height = (Inches(one) for one in (MARGIN, 1.5, 9.5, 1.3))
    letters = heading.text_frame.paragraphs[0].runs[0].font
    letters.color.rgb = colour(WHITE)
    letters.size = Inches(0.75)
    words(slide, "Learning that lasts", (MARGIN, 2.85, 9, 0.7), size=30, ink="9FD8D0", font=HEADLINE)
    words(slide, "An introduction in ten pages", (MARGIN, 3.6, 9, 0.5), size=18, ink="AEB8CC")
    heights = [1.9, 1.15, 0.8, 1.95, 1.35, 1.05, 2.0, 1.65, 1.45, 2.05, 1.85, 1.75]
    for at, high in enumerate(heights):
        box(slide, (MARGIN + at * 0.97, 7.0 - high, 0.72, high), (CORAL, TEAL, TEAL)[min(at % 3, 1)])


def _three_steps(deck: Deck) -> None:
    slide = new_slide(
        deck,
        "A memory takes three steps",
        "Walk through the three steps with an everyday example, such as meeting somebody new: you hear the name, the "
        "name settles, and next week you try to call it up. Most study time goes into the first step, yet the third is "
        "where lasting learning is made.",
        "The big picture",
    )
    steps = [
        ("Encoding", "Attention turns what you\vsee and hear into a\vfirst, fragile trace.", TEAL),
        ("Storage", "The trace is linked to what\vyou know and settles,\vnot least during sleep.", SKY),
        ("Retrieval", "Calling it up makes the\vtrace stronger and\veasier to find again.", CORAL),
    ]
    for at, (name, text, fill) in enumerate(steps):
        left = MARGIN + at * 4.15
        step = group(slide)
        box(step, (left, 2.2, 3.35, 1.1), fill, name, size=26)
        words(step, text, (left, 3.6, 3.5, 1.5), size=20)
        if at < 2:
            arrow(slide, left + 3.47, 2.5, 0.56)
    box(
        slide,
        (MARGIN, 5.75, 11.65, 0.95),
        MIST,
        "Forgetting is often a failure to find, not a failure to store.",
        ink=INK,
    )


def _small_desk(deck: Deck) -> None:
    slide = new_slide(
        deck,
        "Working memory is a small desk",
        "Show the twelve digits for three seconds, hide them, and ask who can repeat them. Then show the three years. "
        "Nothing about the digits changed; knowledge packed them into three chunks. This is why the more you know, "
        "the easier it is to learn more.",
        "Encoding",
    )
    words(
        slide, "It holds only about four things at once (Cowan, 2001).", (MARGIN, 1.85, 11.5, 0.5), size=22, ink=MUTED
    )
    words(slide, "Twelve single digits: too many", (MARGIN, 2.7, 8, 0.4), size=18, bold=True, ink=CORAL)
    for at, digit in enumerate("149217891969"):
        box(slide, (MARGIN + at * 0.97, 3.15, 0.85, 0.85), CORAL, digit, size=26)
    words(slide, "Three years you know: three chunks", (MARGIN, 4.45, 8, 0.4), size=18, bold=True, ink=TEAL)
    years = [("1492", "Columbus sails"), ("1789", "French Revolution"), ("1969", "Moon landing")]
    for at, (year, event) in enumerate(years):
        left = MARGIN + at * 3.95
        box(slide, (left, 4.9, 3.65, 0.95), TEAL, year, size=30)
        words(slide, event, (left, 5.95, 3.65, 0.4), size=18, align="center", ink=MUTED)
    words(
        slide,
        "Chunking: link new facts to old ones, and they take one place instead of many.",
        (MARGIN, 6.65, 11.7, 0.45),
    )


def _forgetting(deck: Deck) -> None:
    slide = new_slide(
        deck,
        "The forgetting curve",
        "Hermann Ebbinghaus learned lists of nonsense syllables and tested himself after different delays. The curve "
        "shows savings: how much less time relearning took. Point out how steep the first hour is, and how flat the "
        "last weeks are. What survives the first days tends to stay.",
        "Why we forget",
    )
    labels = ["20 min", "1 hour", "9 hours", "1 day", "2 days", "6 days", "31 days"]
    values: list[float] = [58, 44, 36, 34, 28, 25, 21]
    place = (MARGIN - 0.1, 1.9, 8.0, 4.9)
    chart(slide, XL_CHART_TYPE.LINE_MARKERS, labels, {"Saved when relearning": (values, CORAL)}, place)
    box(slide, (9.1, 2.1, 3.45, 1.35), CORAL, "Over half is gone\vwithin an hour", size=20)
    box(slide, (9.1, 3.7, 3.45, 1.35), TEAL, "Then the loss\vslows down", size=20)
    words(
        slide,
        "Time saved when relearning\vnonsense syllables, by delay.\vEbbinghaus (1885)",
        (9.1, 5.4, 3.6, 1.2),
        size=16,
        ink=MUTED,
    )


def _retrieval(deck: Deck) -> None:
    slide = new_slide(
        deck,
        "Retrieval practice: test yourself",
        "Students read a short text. Half read it again, half wrote down what they remembered. After five minutes "
        "rereading looks better. After a week the order is reversed: recalling once was worth more than a second "
        "reading. Ask the class which of the two they do before an exam.",
        "Habit 1",
    )
    series: dict[str, tuple[list[float], str]] = {
        "Read again": ([81, 54, 42], "A9B4C2"),
        "Recalled from memory": ([75, 68, 56], TEAL),
    }
    labels = ["After 5 minutes", "After 2 days", "After 1 week"]
    chart(slide, XL_CHART_TYPE.COLUMN_CLUSTERED, labels, series, (MARGIN - 0.1, 1.85, 7.6, 5.0))
    words(
        slide,
        "Close the book and\vwrite what you recall",
        (8.8, 2.2, 4, 1.0),
        size=24,
        bold=True,
        ink=TEAL,
        font=HEADLINE,
    )
    words(slide, "Ideas remembered on the\vfinal test, in percent", (8.8, 3.5, 4, 0.8), size=18, ink=MUTED)
    words(slide, "Rereading wins for minutes,\vrecalling wins for weeks.", (8.8, 4.6, 4, 0.9), size=20)
    words(slide, "Roediger and Karpicke (2006)", (8.8, 6.2, 4, 0.4), size=16, ink=MUTED)


def _spacing(deck: Deck) -> None:
    slide = new_slide(
        deck,
        "Spacing: same hours, more memory",
        "Both students study for four hours. The first crams the evening before, the second spreads the hours over two "
        "weeks. On the day of the test they may do equally well; a month later the second remembers far more. "
        "Forgetting a little between sessions is what makes the next one work.",
        "Habit 2",
    )
    for top, name, days, wide, label, fill, result in (
        (2.35, "Cramming", (13.0,), 1.0, "4 h", CORAL, "fades\vin days"),
        (4.35, "Spacing", (1.0, 4.0, 8.0, 13.0), 0.62, "1 h", TEAL, "lasts for\vmonths"),
    ):
        line = group(slide)
        words(line, name, (MARGIN, top, 2.0, 0.9), size=24, bold=True, ink=fill, middle=True)
        rule(line, 3.0, top + 0.45, 11.1, top + 0.45)
        for day in days:
            dot(line, 2.75 + day * 0.55 - (wide - 0.56) / 2, top + 0.45 - wide / 2, wide, fill, label, 15)
        words(line, result, (11.4, top, 1.6, 0.9), size=18, bold=True, ink=fill, middle=True)
    for day in (1, 4, 8, 13):
        words(slide, f"day {day}", (2.55 + day * 0.55, 5.45, 1.0, 0.4), size=15, align="center", ink=MUTED)
    box(slide, (MARGIN, 6.15, 11.75, 0.85), MIST, "Four hours either way. The gaps do the work.", ink=INK)


def _gaps(deck: Deck) -> None:
    slide = new_slide(
        deck,
        "How long should the gap be?",
        "More than a thousand people learned trivia twice, minutes to months apart, and were tested later. The "
        "best gap grew with the time until the test. Read one row aloud together: for a test in a week, a gap of one "
        "day was best. Nobody needs the exact number; the point is that longer goals want longer gaps.",
        "Habit 2, continued",
    )
    rows = [
        ["Time until the test", "Best gap between two study sessions"],
        ["7 days", "1 day"],
        ["35 days", "11 days"],
        ["70 days", "21 days"],
        ["350 days", "21 days"],
    ]
    table(slide, rows, (MARGIN, 2.1, 11.7, 2.75), [4.6, 7.1])
    words(
        slide,
        "The longer you want to remember, the longer you should wait.",
        (MARGIN, 5.45, 11.7, 0.5),
        size=22,
        bold=True,
        ink=TEAL,
    )
    words(
        slide,
        "Cepeda and others (2008): facts studied twice, 1,354 people",
        (MARGIN, 6.15, 11.7, 0.4),
        size=16,
        ink=MUTED,
    )


def _interleaving(deck: Deck) -> None:
    slide = new_slide(
        deck,
        "Interleaving: mix the problems",
        "Students practised computing the volumes of four kinds of solids. With one kind at a time, practice went well "
        "and the test a week later badly. Mixed practice felt hard, but taught them to choose the right method, and "
        "that is what a test, and life, ask for.",
        "Habit 3",
    )
    inks = {"A": TEAL, "B": AMBER, "C": CORAL, "D": SKY}
    rows = [
        (2.3, "Blocked", "AAABBBCCCDDD", "89 %", "20 %"),
        (3.85, "Mixed", "ACBDBADCCBDA", "60 %", "63 %"),
    ]
    words(slide, "practice", (10.05, 1.8, 1.3, 0.4), size=16, ink=MUTED, align="center")
    words(slide, "a week later", (11.25, 1.8, 1.6, 0.4), size=16, ink=MUTED, align="center")
    for top, name, order, practice, later in rows:
        row = group(slide)
        words(row, name, (MARGIN, top, 1.6, 0.9), size=24, bold=True, middle=True)
        for at, kind in enumerate(order):
            box(row, (2.45 + at * 0.62, top + 0.17, 0.55, 0.55), inks[kind], kind, size=16)
        words(row, practice, (10.05, top, 1.3, 0.9), size=26, align="center", middle=True, ink=MUTED)
        ink = CORAL if name == "Blocked" else TEAL
        words(row, later, (11.25, top, 1.6, 0.9), size=30, bold=True, align="center", middle=True, ink=ink)
    words(
        slide,
        "Each letter is one kind of problem. Mixing makes you ask: which method fits here?",
        (MARGIN, 5.35, 11.7, 0.5),
    )
    words(slide, "Correct answers in percent. Rohrer and Taylor (2007)", (MARGIN, 6.3, 11.7, 0.4), size=16, ink=MUTED)


def _fluency(deck: Deck) -> None:
    slide = new_slide(
        deck,
        "Easy feels like learning",
        "Rereading makes a text feel familiar, and we take the feeling for knowledge. Robert Bjork calls the helpful "
        "kind of effort desirable difficulties. Add that not every difficulty is desirable: it must be one the learner "
        "can overcome.",
        "A trap",
    )
    columns = [
        (
            MARGIN,
            "Feels good, fades fast",
            CORAL,
            ["Reading it again", "Marking with colours", "Cramming the night before", "One kind of problem at a time"],
        ),
        (
            6.9,
            "Feels hard, lasts long",
            TEAL,
            [
                "Recalling without notes",
                "Explaining why, in own words",
                "Coming back after days",
                "Mixing kinds of problems",
            ],
        ),
    ]
    for left, head, fill, lines in columns:
        column = group(slide)
        box(column, (left, 1.95, 5.6, 0.85), fill, head, size=24)
        for at, line in enumerate(lines):
            top = 3.1 + at * 0.68
            dot(column, left + 0.15, top + 0.06, 0.22, fill)
            words(column, line, (left + 0.6, top, 5.0, 0.45), size=21)
    box(
        slide,
        (MARGIN, 6.05, 11.7, 0.85),
        MIST,
        "Desirable difficulties: effort you can overcome is what builds memory (Bjork, 1994).",
        ink=INK,
    )


def _plan(deck: Deck) -> None:
    slide = new_slide(
        deck,
        "Your next week",
        "Give them two minutes to fill in this plan for a subject of their own. Close with the three sentences at the "
        "bottom, and ask each student to say, without looking, the habit they will start with.",
        "Habit 4: plan it",
    )
    days = [
        ("Mon", "Learn it", "Read once,\vask why", SKY),
        ("Tue", "Recall it", "Blank page,\vno notes", TEAL),
        ("Thu", "Mix it", "Old and new\vproblems", AMBER),
        ("Sun", "Recall again", "What still\vhas gaps?", TEAL),
    ]
    for at, (day, name, text, fill) in enumerate(days):
        left = MARGIN + at * 3.0
        card = group(slide)
        box(card, (left, 1.95, 2.65, 2.75), WHITE)
        box(card, (left, 1.95, 2.65, 0.7), fill, day, size=20)
        words(card, name, (left, 2.85, 2.65, 0.5), size=22, bold=True, align="center")
        words(card, text, (left, 3.5, 2.65, 0.9), size=19, align="center", ink=MUTED)
    lines = [
        "Test yourself instead of rereading.",
        "Leave gaps, and let yourself forget a little.",
        "Mix what you practise, and sleep on it.",
    ]
    for at, line in enumerate(lines):
        dot(slide, MARGIN, 5.12 + at * 0.66, 0.44, INK, str(at + 1))
        words(slide, line, (MARGIN + 0.7, 5.1 + at * 0.66, 10, 0.5), size=22, middle=True)
