"""Pages: the template environment, its helpers, and the two ways a request is answered with HTML."""

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment
from markupsafe import Markup
from pydantic import BaseModel

from app.accounts.schema import Who
from app.base.settings import ROOT, get_settings
from app.base.templates import templates
from app.classroom.schema import Voice
from app.classroom.stage.cast import Cast, full_cast
from app.web.lesson_forms import sides_of, step_of
from app.web.tabs import course_tabs

STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"
THEME_COOKIE = "lyceum_theme"
NOTICE_COOKIE = "lyceum_notice"
THEMES = ("light", "dark")


class Work(BaseModel):
    """How far something is that goes on elsewhere, for `working.js`."""

    done: int
    total: int
    busy: bool


class Notice(NamedTuple):
    """A sentence shown once, after something was done."""

    sentence: str
    tone: str = ""


NOTICES = {
    "welcome": Notice("Welcome. Your courses are below."),
    "joined": Notice("You are in. Here is your course."),
    "signed-out": Notice("You are signed out."),
    "course-made": Notice("Your course is ready. Upload a deck to make its first lesson."),
    "module-made": Notice("The module is there; new lessons can go into it."),
    "code-made": Notice("A new join code is open. Give it to your students."),
    "code-closed": Notice("The join code is closed; nobody else can join with it."),
    "cast-chosen": Notice("Saved. Classes that open from now on have these agents; those already open keep theirs."),
    "person-added": Notice("They are in the course now."),
    "page-saved": Notice("Your words are saved."),
    "step-added": Notice("The step is added."),
    "step-moved": Notice("The step is moved."),
    "step-removed": Notice("The step is removed. Undo brings it back."),
    "rewrite-asked": Notice("The author is at it. Nothing changes before you have looked; reload the page to see."),
    "rewrite-taken": Notice("The new words are in the draft. Undo brings back those of before."),
    "rewrite-left": Notice("The words stay as they were."),
    "rewrite-off": Notice("Called off. The words stay as they were."),
    "deck-uploaded": Notice("The new file is being read. The lesson stays as it is until that is done."),
    "words-of-before": Notice("The words of before are on the page again. Undo takes that back."),
    "undone": Notice("Undone."),
    "redone": Notice("Made again."),
    "restored": Notice("The draft has that version’s words now. Undo brings back what was there before."),
    "restored-same": Notice("The draft has that version’s words already; nothing was changed."),
    "restored-partly": Notice("That version’s words are back, save on pages it does not have; those stay.", "warn"),
    "page-again": Notice("The page is being written again."),
    "writing": Notice("The lesson is being written, its first page first."),
    "writing-soon": Notice("The lesson is written as soon as its deck is read."),
    "writing-off": Notice("Writing has stopped. What is written stays, and you can go on at any time."),
    "step-again": Notice("That is being done again."),
    "reading-again": Notice("The deck is being read again."),
    "describing": Notice("The pages are being described, one by one."),
    "questions-asked": Notice("The questions are being written."),
    "question-taken": Notice("The question is in the bank."),
    "policy-set": Notice("Saved. It holds for all classes from now on."),
    "notes-saved": Notice("Your notes are saved."),
    "note-corrected": Notice("The note says what you wrote now."),
    "note-deleted": Notice("The note is gone and will not come back."),
    "item-made": Notice("The question is in the bank. This is how students see it."),
    "item-saved": Notice("Saved. Who takes a test from now on gets the question as it is here."),
    "item-withdrawn": Notice("Withdrawn. It comes on no new test, and its answers count no more."),
    "test-made": Notice("The test is made. Put questions on it, then publish it."),
    "test-saved": Notice("Saved."),
    "test-published": Notice("Published. Students find the test on the course’s page."),
    "test-hidden": Notice("Students do not find the test any more; who has begun can finish."),
    "answers-saved": Notice("Your answers are saved. Hand in when you have finished."),
    "answers-late": Notice("The time was up before some answers arrived. What was saved before counts.", "warn"),
    "handed-in": Notice("Handed in. Here is your result."),
    "marked": Notice("Your marks hold now."),
    "key-revoked": Notice("The key is revoked. What its program has written stays."),
    "profile-kept": Notice("Saved. It holds for classes that you open or go back into from now on."),
    "profile-gone": Notice("Deleted. Your classes say the approved words."),
    "personal-on": Notice("Switched on. Learners who have said how they like to learn get their own words."),
    "personal-off": Notice("Switched off. From the next line on, all classes say the approved words."),
    "version-off": Notice("Taken out of use. Its classes say the approved words from the next line on."),
    "version-on": Notice("In use again."),
    "choices-kept": Notice("Your choices hold from now on. You can change them whenever you like."),
    "guardian-kept": Notice("It is written down, and holds from now on."),
    "release-asked": Notice("The release is being made. You may leave this page and come back."),
    "runs-asked": Notice("The runs wait for a worker; each begins when the one before it is over."),
    "run-stops": Notice("The run stops after its step and keeps a checkpoint to go on from."),
    "run-resumed": Notice("The run goes on from its last checkpoint as soon as a worker is free."),
    "release-off": Notice("The release is called off; nothing of it is kept."),
    "project-made": Notice("The sample is drawn. Its coders can begin."),
    "codes-handed-in": Notice("Handed in. You see the others' codes from now on, and yours stand."),
    "model-codes": Notice("The language model codes now; reload the page to see how far it is."),
    "token-revoked": Notice("The token is taken back; nothing can be read with it any more."),
    "import-begun": Notice("The file is being read. You decide what is taken before anything is stored."),
    "import-decided": Notice("Your choice is being stored."),
    "export-begun": Notice("The file is being made. You may leave this page and come back."),
    "course-begun": Notice("The course is being brought in. You may leave this page and come back."),
    "outline-begun": Notice("The outline is being written. You edit it before anything is made of it."),
    "structure-saved": Notice("Saved. A part or section that you have just begun can be named now."),
    "naming-begun": Notice("Names are being proposed, section by section. You may leave this page and come back."),
    "naming-off": Notice("Called off; the structure is as it was."),
    "transfer-off": Notice("Called off; nothing was kept."),
    "order-settled": Notice("Settled. Orders keep to it from now on."),
    "trial-begun": Notice("The trial runs. Learners who allow research meet one of the two orders from now on."),
    "trial-ended": Notice("The trial is over."),
    "adapter-kept": Notice("The adapter is kept under the name of its content. Try it at the gate next."),
    "gate-asked": Notice("It is at the gate. This takes minutes; you may leave this page and come back."),
    "promotion-asked": Notice("The model server is asked to load it. Until it has, nothing changes."),
    "rolled-back": Notice("Rolled back. Classes under way go on with what speaks now."),
    "approved": Notice("Approved. Students can attend this version now."),
}


def initials(name: str) -> str:
    """Up to two letters that stand for a person."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def plural(count: int, noun: str, many: str = "") -> str:
    """A count with its noun: `1 page`, `2 pages`."""
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def when(moment: datetime | None, style: str = "day") -> Markup:
    """A `<time>` tag in UTC; a small script may put it into the reader's own time zone."""
    if moment is None:
        return Markup("")
    moment = moment.astimezone(UTC)
    words = moment.strftime({"day": "%-d %b %Y", "clock": "%H:%M", "both": "%-d %b %Y, %H:%M"}[style])
    tag = '<time datetime="{}" data-style="{}">{}</time>'
    return Markup(tag).format(moment.isoformat(timespec="seconds"), style, words)


def agent(voice: str, cast: Cast | None = None) -> str:
    """An agent as it is named in a record, "Mira, tutor": by its class's own cast, where that is known."""
    known = Voice(voice) if voice in list(Voice) else Voice.STUDENT
    member = (cast or {}).get(known) or full_cast().get(known)
    return f"{member.name}, {member.duty}" if member else voice.capitalize() or "Tutor"


@lru_cache
def _stamp(name: str, changed: float) -> str:
    return sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a static file, which changes with its content so that it may be kept for ever."""
    return f"/static/{name}?v={_stamp(name, (STATIC / name).stat().st_mtime)}"


@lru_cache
def environment() -> Environment:
    """The process's templates. A name that was not given is an error, everything is escaped."""
    made = templates(TEMPLATES)
    words = {"asset": asset, "when": when, "plural": plural, "agent": agent, "course_tabs": course_tabs}
    made.globals.update(words, step_of=step_of, sides_of=sides_of)
    made.filters.update(initials=initials, plural=plural)
    return made


def person_of(request: Request) -> Who | None:
    """Who is signed in, as far as this request has asked already."""
    return getattr(request.state, "who", None)


def fill_page(request: Request, template: str, **values: object) -> str:
    """The words of a page. Every template is given who, theme, path and notice besides its own values."""
    theme = request.cookies.get(THEME_COOKIE, "")
    common: dict[str, object] = {
        "who": person_of(request),
        "theme": theme if theme in THEMES else "",
        "path": request.url.path,
        "notice": NOTICES.get(request.cookies.get(NOTICE_COOKIE, "")),
    }
    return environment().get_template(template).render(common | values)


def show(request: Request, template: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """A page as a response. A waiting notice is shown and taken down."""
    response = HTMLResponse(fill_page(request, template, **values), status)
    response.headers["Cache-Control"] = "no-store"
    if NOTICE_COOKIE in request.cookies:
        response.delete_cookie(NOTICE_COOKIE)
    return response


def go(path: str, notice: str = "") -> RedirectResponse:
    """Send the browser to a page of ours with 303, with a notice (a key of NOTICES) to show there."""
    response = RedirectResponse(path, 303)
    if notice:
        secure = get_settings().secure_cookies
        response.set_cookie(NOTICE_COOKIE, notice, max_age=60, httponly=True, samesite="lax", secure=secure)
    return response


def inside(path: str) -> str:
    """A path within this site, or the start page when `path` could lead elsewhere."""
    parts = urlsplit(path)
    odd = parts.scheme or parts.netloc or "\\" in path or any(ord(sign) < 33 for sign in path)
    return "/" if odd or not path.startswith("/") or path.startswith("//") else path


def wants_json(request: Request) -> bool:
    """Whether the asker is a script: the path ends in .json or is an API's, or JSON is accepted and HTML is not."""
    accepted, path = request.headers.get("accept", ""), request.url.path
    is_for_scripts = path.endswith(".json") or path.startswith(("/xapi/", "/api/"))
    return is_for_scripts or ("application/json" in accepted and "text/html" not in accepted)
