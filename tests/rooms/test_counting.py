"""What a sentence counts otherwise than the pages: refused where no page has that number, and nowhere else."""

import pytest

from app.classroom.speech.counting import miscounts

HEART = "The heart has four chambers: two atria and two ventricles.\nEach side has one atrium.\n23 pairs of ribs."
DESK = "Working memory is a small desk\nIt holds only about four things at once (2001).\nTwelve single digits: too many"
HABITS = "You will leave with four habits that decades of experiments support.\nBoth students study for four hours."
STEPS = "A memory takes 3 steps.\nThe octopus is a three-hearted animal.\nFigure 2 shows two kinds of valves."
LABELS = "Habit 3: mix it. Habit two goes on."


def is_wrong(sentence: str, *more: str) -> bool:
    return miscounts(sentence, [HEART, DESK, HABITS, STEPS, LABELS, *more])


@pytest.mark.parametrize(
    "sentence",
    [
        "The heart has three chambers.",
        "The heart has three small chambers.",
        "The heart has 3 chambers.",
        "A heart is made up of about three chambers.",
        "There are two chambers in the heart.",
        "We see all three chambers.",
        "Working memory can hold about seven things at once.",
        "It holds only three things.",
        "There are five habits to learn.",
        "There are three habits to learn.",
        "A memory takes four steps.",
        "A person has twelve pairs of ribs.",
        "An octopus has four hearts.",
    ],
)
def test_another_number_of_the_same_things_is_refused(sentence: str) -> None:
    assert is_wrong(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The heart has four chambers.",
        "The heart has 4 chambers.",
        "One of the four chambers is the left atrium.",
        "Three of the four chambers are full.",
        "The first three of four habits are easy.",
        "The first two steps are easy.",
        "Do these two steps again.",
        "Two more habits follow.",
        "There are two other habits.",
        "Wait another three days.",
        "So there are eight hours in all.",
        "They study for two hours each.",
        "Wait three weeks, and then five days.",  # measures are put into other units
        "Two chambers are called atria.",  # a part
        "The heart has two chambers on each side.",
        "The heart has two upper chambers and two lower chambers.",
        "There are two chambers at the top and two chambers at the bottom.",
        "The heart has three valves.",  # nobody counts them
        "The heart has two atria.",
        "The heart does not have three chambers.",
        "Does the heart have three chambers?",
        "If it had three chambers, blood would mix.",
        "You said three chambers, so count them again.",
        "You have two habits right.",
        "It has more than three chambers.",
        "There are at least three chambers.",
        "It has three or four chambers.",
        "There are twenty-three pairs of ribs.",
        "For instance, a phone number has seven digits.",
        "There are three things to remember here.",
        "As page three shows, it has four chambers.",
        "Only two steps remain.",
        "There are two steps left.",
        "Two students study for four hours.",
        "An octopus has three hearts.",
        "It has two kinds of valves.",
        "Step three takes time.",
        "One chamber fills first.",
        "There are six digits.",  # of single ones the page speaks
        "Five chambers pump the blood.",  # of what, is not said
        "The atrium is one of the three chambers.",
        "Encoding is the first of the four steps.",
        "It holds half a dozen chambers.",
        "Two habits help for a start.",
        "",
    ],
)
def test_what_may_well_be_so_is_let_by(sentence: str) -> None:
    assert not is_wrong(sentence)


@pytest.mark.parametrize(
    ("sentence", "page"),
    [
        ("The heart has three chambers.", "A frog's heart has three chambers."),
        ("The heart has three chambers.", "Chambers of a frog's heart: 3"),
        ("The heart has three chambers.", "The heart of a frog has three, ours has four chambers."),
        ("The heart has six chambers.", "Six-chambered hearts are rare."),
        ("The heart has two chambers.", "Both chambers of a fish's heart are in a row."),
        ("The heart has eight chambers.", "Four chambers on the one and four chambers on the other side."),
        ("The heart has seven chambers.", "Some have five chambers, some 6 chambers."),  # counted in several ways
    ],
)
def test_a_page_that_has_the_number_too_lets_it_by(sentence: str, page: str) -> None:
    assert is_wrong(sentence)
    assert not is_wrong(sentence, page)


@pytest.mark.parametrize(
    ("sentence", "page"),
    [
        ("Water has two hydrogen atoms and one oxygen atom.", "Water: hydrogen, oxygen. Water is made of three atoms."),
        (
            "The Triple Entente had three members.",
            "Entente: France, Russia. The Central Powers had four members.",
        ),
        ("Oxygen needs two electrons to be full.", "Oxygen has six outer electrons. A full shell has eight electrons."),
        ("Below them there are two chambers, the ventricles.", "The heart has four chambers. Ventricles lie below."),
        ("A square has four sides.", "A triangle has three sides. A square has four equal edges."),
        ("An insect has six legs.", "A spider has eight legs. Insects have three pairs: six"),
        ("RNA also has four bases.", "A codon consists of three bases."),
        ("There are 64 codons.", "Three stop codons end it."),
        ("This experiment had two groups.", "Half read again. The next experiment had three groups."),
        ("The formula has two variables.", "Formula: A = x y. The next formula has three variables."),
    ],
)
def test_things_of_the_same_name_may_be_others(sentence: str, page: str) -> None:
    assert not miscounts(sentence, [page])


def test_what_is_counted_beside_it_is_not_the_same() -> None:
    assert is_wrong("The heart has three chambers.", "The heart has four chambers and three layers.")


def test_what_another_page_is_about_has_numbers_of_its_own() -> None:
    skin = "Skin: epidermis, dermis"
    assert not miscounts("The skin has two layers.", ["The eye has three layers.", skin])
    assert miscounts("The eye has two layers.", ["The eye has three layers.", skin])
    assert miscounts("There are two layers.", ["The eye has three layers.", skin])
