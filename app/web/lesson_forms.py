"""A step of a lesson as a form has it: made of a teaching action, read back from what was sent, made one again."""

from uuid import UUID

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from app.base.errors import Invalid
from app.courses import service as courses
from app.courses.schema import Page, Passage, Region
from app.lessons.schema import ACTIONS, ActionKind, Ask, Board, BoardKind, Spotlight, TeachingAction, Worded
from app.web.access import text

MADE = tuple(kind for kind in ActionKind if kind is not ActionKind.SHOW)
"""Kinds that people add; a page begins with its Show by itself."""
REGION = "region"


class StepForm(BaseModel):
    """The fields of one step. `where` is the passage a spotlight points at, or `region`; its four sides are in percent
    of the picture's width and height.
    """

    kind: ActionKind
    text: str = ""
    gate: bool = False
    form: str = BoardKind.TEXT.value
    language: str = ""
    where: str = REGION
    left: str = "10"
    top: str = "10"
    width: str = "40"
    height: str = "30"


def step_of(action: TeachingAction) -> StepForm:
    """A step as its form shows it."""
    if isinstance(action, Worded):
        is_gate = isinstance(action, Ask) and action.gate
        return StepForm(kind=action.kind, text=action.text, gate=is_gate)
    if isinstance(action, Board):
        return StepForm(kind=action.kind, text=action.text, form=action.form.value, language=action.language)
    if isinstance(action, Spotlight):
        return _pointing(action)
    return StepForm(kind=action.kind)


def _pointing(action: Spotlight) -> StepForm:
    if action.region is None:
        return StepForm(kind=action.kind, where=str(action.passages[0]))
    return StepForm(kind=action.kind, **_percents(action.region))


def sides_of(passage: Passage, page: Page) -> str:
    """Where the page's picture shows a passage, as a frame's four sides are given; "" where that is not known."""
    region = courses.place_of(passage.text, page.lines)
    return " ".join(_percents(region).values()) if region else ""


def _percents(region: Region) -> dict[str, str]:
    """Left, top, width and height."""
    return {name: f"{100 * value:.4g}" for name, value in region.model_dump().items()}


def kind_of(word: str) -> ActionKind:
    """A kind that can be added, by its word. Raises Invalid."""
    found = next((kind for kind in MADE if kind.value == word), None)
    if found is None:
        raise Invalid("Choose what kind of step it is to be.")
    return found


def sent_step(sent: FormData) -> StepForm:
    """The step that was sent. Raises Invalid for an unknown kind."""
    return StepForm(
        kind=kind_of(text(sent, "kind")),
        text=text(sent, "text"),
        gate=text(sent, "gate") == "on",
        form=text(sent, "form") or BoardKind.TEXT.value,
        language=text(sent, "language").strip()[:40],
        where=text(sent, "where") or REGION,
        **{side: text(sent, side)[:8] for side in ("left", "top", "width", "height") if side in sent},
    )


def action_of(step: StepForm, number: int, passages: list[Passage], old: TeachingAction | None) -> TeachingAction:
    """The teaching action that a form describes, on the page of a number. Raises Invalid with what to mend."""
    document: dict[str, object] = {"kind": step.kind.value, "page": number}
    if step.kind is ActionKind.SPOTLIGHT:
        document |= _place(step, passages)
    else:
        document |= {"text": step.text, "passages": old.passages if old else []}
    if step.kind is ActionKind.ASK:
        document |= {"gate": step.gate, "item": old.item if isinstance(old, Ask) and old.text == step.text else None}
    if step.kind is ActionKind.BOARD:
        document |= {"form": step.form, "language": step.language}
    try:
        return ACTIONS.validate_python([document])[0]
    except ValidationError as error:
        raise Invalid("This step cannot be kept as it is. Look at its fields again.") from error


def _place(step: StepForm, passages: list[Passage]) -> dict[str, object]:
    if step.where != REGION:
        known: list[UUID] = [one.id for one in passages if str(one.id) == step.where]
        if not known:
            raise Invalid("Those words are not on the page any more. Choose again where to point.")
        return {"passages": known}
    left, top, width, height = (_share(one) for one in (step.left, step.top, step.width, step.height))
    if left + width > 1.0001 or top + height > 1.0001 or width < 0.01 or height < 0.01:
        raise Invalid("The frame does not lie on the picture. Give its sides in percent, 100 for the whole picture.")
    return {"region": {"left": left, "top": top, "width": width, "height": height}}


def _share(percent: str) -> float:
    try:
        share = float(percent.replace(",", ".").rstrip(" %")) / 100
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise Invalid("The frame's sides are percentages: numbers from 0 to 100.")
    return share
