"""Exact grading: each kind, its part marks, numbers with units, and what the checker refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assessment.checking import trouble
from app.assessment.grading import earned
from app.assessment.schema import (
    ChoiceItem,
    Criterion,
    Item,
    Kind,
    MatchItem,
    NumericItem,
    OpenItem,
    Option,
    OrderItem,
    Response,
    TextItem,
)
from app.assessment.units import convert, readings
from app.assessment.words import folded, is_one_slip, same_words


def options(*ids: str) -> list[Option]:
    return [Option(id=one, text=f"option {one}") for one in ids]


def choice(right: list[str], kind: Kind = Kind.MULTIPLE, ids: str = "abcd", points: float = 1) -> ChoiceItem:
    return ChoiceItem(kind=kind, stem="Which?", options=options(*ids), right=right, points=points)


@pytest.mark.parametrize(
    ("right", "chosen", "marks"),
    [
        (["a", "b"], ["a", "b"], 4),
        (["a", "b"], ["a"], 2),
        (["a", "b"], ["a", "c"], 0),
        (["a", "b"], ["a", "b", "c"], 2),
        (["a", "b"], ["a", "b", "c", "d"], 0),
        (["a", "b"], [], 0),
        (["a", "b"], ["a", "a", "zz"], 2),
    ],
)
def test_several_choices(right: list[str], chosen: list[str], marks: float) -> None:
    assert earned(choice(right, points=4), Response(chosen=chosen)) == marks


def test_one_choice_is_all_or_nothing() -> None:
    item = choice(["b"], Kind.SINGLE)
    assert earned(item, Response(chosen=["b"])) == 1
    assert earned(item, Response(chosen=["a", "b"])) == 0
    assert earned(item, Response()) == 0


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("10 m/s", 1),
        ("36 km/h", 1),
        ("36,0 km / h", 1),
        ("0.01 km s-1", 1),
        ("1.0×10^1 m/s", 1),
        ("10.1 m/s", 1),
        ("10.11 m/s", 0),
        ("10", 0.5),
        ("10 m", 0),
        ("10 furlongs", 0),
        ("−10 m/s", 0),
        ("ten m/s", 0),
        ("", 0),
        ("1e999 m/s", 0),
        ("nan", 0),
    ],
)
def test_a_number_with_its_unit(text: str, marks: float) -> None:
    item = NumericItem(stem="How fast?", value=10, percent=1, unit="m/s", asks_unit=True)
    assert earned(item, Response(text=text)) == marks


def test_a_unit_that_is_given_need_not_be_written() -> None:
    item = NumericItem(stem="How warm?", value=20, tolerance=0.5, unit="°C")
    assert [earned(item, Response(text=text)) for text in ("20", "20.5", "293.15 K", "20.6")] == [1, 1, 1, 0]


@pytest.mark.parametrize(("text", "value"), [("1,234", 1234), ("1,234", 1.234), ("1.234,5", 1234.5), ("3/4", 0.75)])
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert earned(NumericItem(stem="?", value=value), Response(text=text)) == 1


def test_digits_that_are_no_number() -> None:
    assert [readings(text) for text in ("3.2.1", "1 2 3", "12,34,56", "x", "1" * 200)] == [[]] * 5


UNITS = ["m", "km", "mm", "µm", "nm", "cm"]


@given(st.floats(-1e6, 1e6), st.sampled_from(UNITS), st.sampled_from(UNITS))
def test_a_value_survives_its_way_through_units(value: float, one: str, other: str) -> None:
    there = convert(value, one, other)
    assert there is not None
    assert convert(there, other, one) == pytest.approx(value, rel=1e-9, abs=1e-12)


@given(st.floats(-1e9, 1e9), st.floats(0, 1e3), st.floats(-1.5, 1.5))
def test_the_edge_of_a_tolerance_belongs_to_it(value: float, tolerance: float, step: float) -> None:
    item = NumericItem(stem="?", value=value, tolerance=tolerance)
    given_value = value + step * tolerance
    marks = earned(item, Response(text=repr(given_value)))
    if abs(step) <= 1:
        assert marks == 1
    elif abs(given_value - value) > tolerance + 1e-6 * (1 + abs(value)):
        assert marks == 0


ORDER = OrderItem(stem="In which order?", options=options(*"abcde"))


@given(st.permutations(list("abcde")))
def test_only_the_right_order_earns_all_and_its_reverse_nothing(given_order: list[str]) -> None:
    marks = earned(ORDER, Response(chosen=given_order))
    assert 0 <= marks <= 1
    assert (marks == 1) == (given_order == list("abcde"))
    assert marks == 0 or earned(ORDER, Response(chosen=given_order[::-1])) == 0


@given(st.permutations(list("abcde")), st.integers(0, 3))
def test_a_step_towards_the_right_order_never_costs(given_order: list[str], at: int) -> None:
    before = earned(ORDER, Response(chosen=given_order))
    better = list(given_order)
    better[at : at + 2] = sorted(better[at : at + 2])
    assert earned(ORDER, Response(chosen=better)) >= before


def test_an_order_with_things_missing_or_twice() -> None:
    assert earned(ORDER, Response(chosen=["a", "b"])) == 0.1
    assert earned(ORDER, Response(chosen=["a", "a", "a", "a", "a"])) == 0


def test_matching_earns_its_share() -> None:
    item = MatchItem(stem="?", left=options(*"ab"), right=options(*"xyz"), pairs={"a": "x", "b": "y"}, points=3)
    assert earned(item, Response(pairs={"a": "x", "b": "z"})) == 1.5
    assert earned(item, Response(pairs={"a": "x", "b": "y", "c": "z"})) == 3


@pytest.mark.parametrize(
    ("given_text", "same"),
    [
        ("  Mitochondrion. ", True),
        ("MITOCHONDRION", True),
        ("mitochondríon", True),
        ("mitocondrion", True),
        ("mitohcondrion", True),
        ("mitochondria", False),
        ("", False),
    ],
)
def test_words(given_text: str, same: bool) -> None:
    item = TextItem(stem="?", accepted=["mitochondrion"], one_slip=True)
    assert earned(item, Response(text=given_text)) == float(same)


def test_no_slip_where_one_letter_makes_another_word() -> None:
    assert not same_words("car", ["cat"], one_slip=True)
    assert not same_words("H2O5", ["H2O4x"], one_slip=True)
    assert not same_words("mitocondrion", ["mitochondrion"], one_slip=False)
    assert folded("Straße") == "strasse"
    assert folded("कि") != folded("का")


@given(st.text(max_size=12), st.data())
def test_one_slip_is_forgiven_wherever_it_is(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word)))
    assert is_one_slip(word, word[:at] + "x" + word[at:])
    assert is_one_slip(word[:at] + "x" + word[at:], word)
    assert not is_one_slip(word, word + "xy")


RUBRIC = [Criterion(name="Cause", points=2), Criterion(name="Example", points=1)]


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (choice([]), "Mark which option is right"),
        (choice(["z"]), "not among the options"),
        (choice(["a", "b"], Kind.SINGLE), "Mark one option"),
        (choice(["a"], ids="a"), "Give 2 to 12 options"),
        (
            ChoiceItem(
                kind=Kind.SINGLE, stem="?", right=["a"], options=[*options("a", "b"), Option(id="c", text=" option  a")]
            ),
            "the same",
        ),
        (
            ChoiceItem(kind=Kind.SINGLE, stem="?", right=["a"], options=[*options("a"), Option(id="c", text=" ")]),
            "empty",
        ),
        (NumericItem(stem="?", value=float("nan")), "must be numbers"),
        (NumericItem(stem="?", value=1, unit="furlong"), "not a known unit"),
        (NumericItem(stem="?", value=1, asks_unit=True), "which one is right"),
        (NumericItem(stem="?", value=1, tolerance=-1), "A tolerance"),
        (TextItem(stem="?", accepted=[]), "accepted answers"),
        (TextItem(stem="?", accepted=["Eis", "eis "]), "the same"),
        (TextItem(stem=" ", accepted=["x"]), "Write the question"),
        (OrderItem(stem="?", options=options("a")), "things to order"),
        (MatchItem(stem="?", left=options("a", "b"), right=options("x", "y"), pairs={"a": "x"}), "needs its partner"),
        (
            MatchItem(stem="?", left=options("a", "b"), right=options("x", "y"), pairs={"a": "x", "b": "x"}),
            "same partner",
        ),
        (OpenItem(stem="?", criteria=[]), "1 to 8 criteria"),
        (OpenItem(stem="?", criteria=RUBRIC, points=2), "together"),
        (OpenItem(stem="?", criteria=[*RUBRIC, RUBRIC[0]], points=5), "name of its own"),
        (choice(["a"], points=0), "worth more than 0"),
    ],
)
def test_the_checker_says_what_is_wrong(item: Item, words: str) -> None:
    assert words in trouble(item)


def test_the_checker_lets_good_items_pass() -> None:
    good: list[Item] = [
        choice(["a"]),
        ORDER,
        NumericItem(stem="?", value=1, unit="mmol/L"),
        OpenItem(stem="?", criteria=RUBRIC, points=3),
    ]
    assert [trouble(one) for one in good] == [""] * 4
