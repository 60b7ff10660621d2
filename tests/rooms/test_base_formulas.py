"""Formulas in TeX among words become plain signs that read well; what is none, or cannot be read, stays."""

import pytest

from app.base.formulas import is_open, mathml, plain, small_numbers
from app.classroom.speech.speaking import sentences
from app.courses.grounding import supported
from app.courses.schema import Passage
from app.lessons.words import foreign_numbers


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"So $\frac{a^2}{b}$ it is.", "So a²/b it is."),
        (r"\(x^2\) and \[ \sqrt{x} \]", "x² and √x"),
        (r"$$x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}$$", "x = (−b ± √(b² − 4ac))/(2a)"),
        (r"$E=mc^2$, $H_2O$, $10^{-3}$", "E = mc², H₂O, 10⁻³"),
        (r"$\sum_{i=1}^{n} x_i \le \alpha$", "∑ᵢ₌₁ⁿ xᵢ ≤ α"),
        (r"$\prod_{k=1}^{\infty} a_k$", "∏(k = 1 … ∞) aₖ"),
        (r"$\lim_{x \to 0} \frac{\sin x}{x} = 1$", "lim(x → 0) (sin x)/x = 1"),
        (r"$\sin^2\theta + \cos^2\theta$", "sin² θ + cos² θ"),
        (r"$2\frac{1}{2}$ and $\frac{1}{2\pi}$", "2 1/2 and 1/(2π)"),
        (r"$\bar{x}$, $f'(x)$, $90^\circ$, $\binom{n}{k}$", "x̄, f′(x), 90°, (n choose k)"),
        (r"$2^{n/2}$, $x^{\alpha}$, $\sqrt[3]{8}$", "2^(n/2), x^α, ³√8"),
        (r"$\begin{pmatrix} a & b \\ c & d \end{pmatrix}$", "(a, b; c, d)"),
        (r"$\text{force} = m \cdot a$", "force = m · a"),
    ],
)
def test_a_formula_reads_well(written: str, read: str) -> None:
    assert plain(written) == read


@pytest.mark.parametrize(
    "words",
    [
        "It costs $5, and later $10.",
        "Look in $HOME/$PATH for it.",
        r"$\nosuchsign{x}$ and $\frac{a}$",
        r"C:\temp\new and \n",
        "$" + "{" * 200 + "$",
        f"${'x+' * 1500}x$",
    ],
)
def test_what_is_no_formula_stays(words: str) -> None:
    assert plain(words) == words


def test_mathml_is_of_safe_elements_only() -> None:
    found = mathml(r"\href{javascript:alert(1)}{x}")
    assert found is None or "javascript" not in str([one.attrib for one in found.iter()])
    assert mathml("{" * 400 + "}" * 400) is None


def test_a_sentence_waits_for_the_end_of_its_formula() -> None:
    said = list(sentences(["This is \\[\n", "E = mc^2", " \n\\] as he found. ", "It holds everywhere.", " Good."]))
    assert said == ["This is E = mc² as he found.", "It holds everywhere.", "Good."]
    assert list(sentences(["A half, $\\frac{1}", "{2}$, is left."])) == ["A half, 1/2, is left."]
    assert is_open("$$x") is True
    assert is_open(r"\(x\) and") is False
    assert is_open(r"\(" + "x" * 400) is False


def test_raised_numbers_of_a_page_are_known() -> None:
    assert small_numbers("x₁² and 10⁻¹²") == {"1", "2", "12"}
    assert foreign_numbers("So E is mc^2, and not mc^3.", ["E = mc²"]) == {"3"}
    page = Passage.model_construct(page=1, text="Energy is mass times the speed of light squared: E = mc².")
    assert supported("Energy is mass times light speed squared, E = mc^2.", [page])
    assert not supported("Energy is mass times light speed cubed, E = mc^3.", [page])
