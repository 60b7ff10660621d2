"""Question banks in and out: each format's small bank, what is lost is said, and what goes out comes in again equal."""

from pathlib import Path

import pytest
from banking import GIFT, MOODLE, QTI1, QTI2_CHOICE, QTI2_ENTRY, QTI2_TWO, card, cartridge, detected, same, zipped
from examining import EVERY, MATCH, MULTIPLE, NUMERIC, OPEN, ORDER, SINGLE, TEXT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from app.assessment.banks import gift, gift_writing, qti_writing
from app.assessment.banks.html_words import plain, tidy
from app.assessment.banks.reading import read_bank
from app.assessment.banks.schema import Bank, BankFormat, Fate
from app.assessment.checking import trouble
from app.assessment.schema import ChoiceItem, Item, Kind, MatchItem, NumericItem, Option, TextItem

VERSIONS = [qti_writing.QTI30, qti_writing.QTI22]


def by_place(bank: Bank) -> list[tuple[str, str]]:
    return [(one.item.kind.value if one.item else "none", one.fate.value) for one in bank.found]


def test_gift_is_taken_and_losses_are_named(tmp_path: Path) -> None:
    bank = detected(tmp_path, GIFT)
    assert bank.format is BankFormat.GIFT
    assert [kind for kind, _ in by_place(bank)] == [
        "single", "multiple", "single", "numeric", "numeric", "numeric", "text", "match", "open", "none", "none",
        "single",
    ]  # fmt: skip
    sugar, _, _, spider, pi, between, water, match, essay, only, broken, after = bank.found
    assert sugar.title == "Sugar"
    assert sugar.components == ["Leaves"]
    assert sugar.item.explanation == "They make it from light."
    assert {one.text: one.id in sugar.item.right for one in sugar.item.options} == {
        "sugar": True,
        "salt": False,
        "starch": False,
    }
    assert len(sugar.lost) == 2  # marks for starch, and what is said about sugar
    assert (spider.item.value, pi.item.tolerance) == (8, 0.005)
    assert (between.item.value, between.item.tolerance) == (1.5, 0.5)
    assert pi.components == []
    assert water.item.stem == "Water is _____ to chemists."
    assert water.item.accepted == ["H2O", "H=2O"]
    assert [one.text for one in match.item.right] == ["Paris", "Rome", "Oslo"]
    assert "rubric" in essay.lost[0]
    assert "without answers" in only.why
    assert broken.title == "Broken"
    assert "not closed" in broken.why
    assert after.item.stem == "It goes on."


def test_gift_without_blank_lines_between_questions_is_as_many_questions() -> None:
    """Titles begin them; words after the braces belong to the question before."""
    bank = gift.read("::One:: Which is {=red ~blue} a colour\n::Two:: How many? {#4:1}\n::Three:: So it is. {TRUE}\n")
    assert [one.title for one in bank.found] == ["One", "Two", "Three"]
    assert [one.fate for one in bank.found] == [Fate.TAKEN] * 3


def test_moodle_is_taken_and_losses_are_named(tmp_path: Path) -> None:
    bank = detected(tmp_path, MOODLE)
    assert [kind for kind, _ in by_place(bank)] == [
        "single", "multiple", "single", "text", "numeric", "match", "order", "open", "none", "none",
    ]  # fmt: skip
    energy, many, truth, short, mile, match, order, _, cloze, strange = bank.found
    assert energy.item.stem == "What turns sugar into energy?"
    assert energy.item.explanation == "It burns C₆H₁₂O₆."
    assert energy.item.points == 2
    assert energy.components == ["Cells", "energy"]
    assert len(energy.lost) == 3  # the file, the feedback, the script
    assert len(many.item.right) == 2
    assert [one.text for one in truth.item.options] == ["True", "False"]
    assert short.item.accepted == ["membrane"]
    assert any("star" in one for one in short.lost)
    assert (mile.item.tolerance, mile.item.unit) == (5, "m")
    assert len(match.item.right) == 3
    assert [one.text for one in order.item.options] == ["Atom", "Cell"]
    assert "gaps" in cloze.why
    assert "strange" in strange.why


def test_single_qti_items(tmp_path: Path) -> None:
    bags = detected(tmp_path, QTI2_CHOICE).found[0]
    assert bags.fate is Fate.TAKEN
    assert bags.item.stem == "Look at the sign.\n\nWhat does it say?"
    assert bags.item.points == 3
    assert [one.text for one in bags.item.options if one.id in bags.item.right] == ["Never leave bags."]
    assert "several things" in detected(tmp_path, QTI2_TWO).found[0].why
    gap = detected(tmp_path, QTI2_ENTRY).found[0]
    assert gap.item.stem == "Now is the winter made summer by this sun of _____; so he said."
    assert gap.item.accepted == ["York"]
    assert gap.fate is Fate.CHANGED


@pytest.mark.parametrize("version", [1, 2, 3])
def test_cartridges_give_questions_and_links(tmp_path: Path, version: int) -> None:
    bank = detected(tmp_path, cartridge(version))
    assert bank.format is BankFormat.CARTRIDGE
    assert bank.title == "Planets"
    assert [kind for kind, _ in by_place(bank)] == ["single", "multiple", "text", "open", "none"]
    assert [one.url for one in bank.links] == ["https://planets.example/list?a=1&b=2"]
    norway, cities = bank.found[0].item, bank.found[1].item
    assert (norway.points, norway.explanation) == (2, "It lies on a fjord.")
    assert [one.text for one in cities.options if one.id in cities.right] == ["Oslo", "Rome"]
    assert "gone.xml" in bank.found[-1].why
    notes = " ".join(bank.notes)
    assert "not on the web" in notes
    assert "1 page or file" in notes
    assert "1 discussion" in notes


def test_the_child_reads_as_this_process_does(tmp_path: Path) -> None:
    path = tmp_path / "bank.imscc"
    path.write_bytes(cartridge())
    assert by_place(read_bank(path)) == by_place(detected(tmp_path, cartridge()))
    assert by_place(detected(tmp_path, QTI1)) == by_place(detected(tmp_path, QTI1.encode("utf-16")))


# ------------------------------------------------------------------------------------------------------- out and in

NASTY = ChoiceItem(
    kind=Kind.MULTIPLE,
    stem="Is a < b & c > d?\n\nLook: {x = ~y # z: \\ }, // not a comment",
    points=2.5,
    explanation="Because <b>&amp; so on</b>.",
    options=[Option(text="=<i>one</i>"), Option(text="~%50%two # three"), Option(text="四 ::title::")],
    right=[],
)
NASTY.right = [one.id for one in NASTY.options[:2]]
MORE: list[Item] = [
    *EVERY,
    NASTY,
    NumericItem(stem="g?", value=9.81, tolerance=0.02, unit="m/s^2"),
    NumericItem(stem="Both?", value=-2.5e-7, tolerance=1e-9, percent=3, unit="mol"),
    NumericItem(stem="Exact?", value=12),
    TextItem(stem="A star?", accepted=["2*3", "a\\b"]),
]


@pytest.mark.parametrize("version", VERSIONS)
def test_qti_out_and_in_again_is_equal(tmp_path: Path, version: qti_writing.Version) -> None:
    package = qti_writing.write([card(one, "Cells", "Energy & life") for one in MORE], version)
    bank = detected(tmp_path, package)
    assert bank.format is (BankFormat.QTI3 if version.number == 3 else BankFormat.QTI2)
    assert [one.lost for one in bank.found] == [[] for _ in MORE]
    for item, found in zip(MORE, bank.found, strict=True):
        assert found.item is not None, found.why
        assert same(item, found.item), (item, found.item)
        assert found.components == ["Cells", "Energy & life"]
    assert qti_writing.write([card(one) for one in MORE], version) == qti_writing.write(map(card, MORE), version)


def test_gift_out_and_in_again_is_equal() -> None:
    text, left_out = gift_writing.write([card(one, "Cells", "Energy]life") for one in MORE])
    assert len(left_out) == 1
    assert "order" in left_out[0]
    kept = [one for one in MORE if one is not ORDER]
    bank = gift.read(text)
    for item, found in zip(kept, bank.found, strict=True):
        assert found.item is not None, found.why
        assert same(item, found.item), (item, found.item)
        assert found.lost == []
        assert found.components == ["Cells", "Energy)life"]


LETTERS = some.text(
    some.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), min_size=1, max_size=40
)
WORDS = LETTERS.map(tidy).filter(lambda text: bool(text) and "->" not in text)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    stem=WORDS, options=some.lists(WORDS, min_size=2, max_size=5, unique=True), told=WORDS, points=some.integers(1, 9)
)
def test_any_words_survive(tmp_path: Path, stem: str, options: list[str], told: str, points: int) -> None:
    made = [Option(text=one) for one in options]
    choice = ChoiceItem(kind=Kind.SINGLE, stem=stem, points=points, explanation=told, options=made, right=[made[0].id])
    left, right = made[:2], [Option(text=f"to {one}") for one in options]
    pairs = {one.id: other.id for one, other in zip(left, right, strict=False)}
    match = MatchItem(stem=stem, points=points, left=left, right=right, pairs=pairs)
    items = [one for one in (choice, match) if not trouble(one)]
    text, _ = gift_writing.write(map(card, items))
    banks = [gift.read(text)] if items else []
    banks += [detected(tmp_path, qti_writing.write(map(card, items), version)) for version in VERSIONS if items]
    for bank in banks:
        assert all(same(item, one.item) for item, one in zip(items, bank.found, strict=True)), (items, bank)


def test_words_of_html_are_plain() -> None:
    found = plain(
        '<p onclick="x()">A <em>b</em><br>c</p><ul><li>d</li></ul><img src="x" alt="A leaf">'
        "<svg><script/></svg>x<sup>2</sup>"
    )
    assert found.text == "A b\nc\n\n- d\n\n[Picture: A leaf] x²"
    assert len(found.lost) == 2
    assert plain("<" * 100_000).text
    assert plain("<div>" * 5_000 + "deep").lost


def test_an_item_without_a_counterpart_is_left_out(tmp_path: Path) -> None:
    drawn = QTI2_CHOICE.replace("choiceInteraction", "hotspotInteraction")
    assert "hotspot" in detected(tmp_path, drawn).found[0].why
    items = [SINGLE, MULTIPLE, NUMERIC, TEXT, MATCH, OPEN]
    loose = {f"{at}.xml": QTI2_CHOICE for at in range(len(items))}
    bank = detected(tmp_path, zipped({**loose, "other.xml": "<html/>"}))
    assert len(bank.found) == len(items)
    assert any("no manifest" in one for one in bank.notes)
