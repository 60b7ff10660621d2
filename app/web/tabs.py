"""Where one may go within a course: groups of pages, each page named once."""

import re
from typing import NamedTuple

from app.accounts.schema import CourseRole
from app.courses.schema import CourseView


class Tab(NamedTuple):
    """A link: its address, its words, and whether this page is there."""

    href: str
    words: str
    is_here: bool


class Tabs(NamedTuple):
    """The groups of a course's pages, and the pages of the group one is in."""

    groups: list[Tab]
    pages: list[Tab]


class _Page(NamedTuple):
    """A page below a course's address, whom it is for, and other addresses (a pattern) that belong to it."""

    path: str
    words: str
    researcher: bool = False
    also: str = "$."


GROUPS: dict[str, list[_Page]] = {
    "Lessons": [
        _Page("", "Lessons", researcher=True),
        _Page("/exchange", "Import / Export", also=r"/transfers/"),
    ],
    "People": [_Page("/people", "People and codes"), _Page("/attendance", "Attendance")],
    "Teaching": [
        _Page("/cast", "Agents"),
        _Page("/policy", "Limits and care"),
        _Page("/personal", "Personal versions"),
        _Page("/signals", "Signals", researcher=True),
    ],
    "Tests": [
        _Page("/tests", "Tests", also=r"/tests/"),
        _Page("/items", "Questions", also=r"/items/"),
        _Page("/grades", "Marks", also=r"/attempts/|/courses/[^/]+/marking"),
    ],
    "Analysis": [_Page("/analysis", "Analysis", researcher=True)],
    "Research": [
        _Page("/desk", "Records desk", researcher=True, also=r"/courses/[^/]+/coding"),
        _Page("/releases", "Research releases", researcher=True),
    ],
}


def course_tabs(course: CourseView, path: str) -> Tabs:
    """The groups and pages that somebody who teaches or researches in this course may open, from this path."""
    is_instructor = course.role is CourseRole.INSTRUCTOR
    groups, here = [], []
    for name, all_pages in GROUPS.items():
        pages = [_tab(course, page, path) for page in all_pages if is_instructor or page.researcher]
        if not pages:
            continue
        is_here = any(one.is_here for one in pages)
        groups.append(Tab(pages[0].href, name if len(pages) > 1 else pages[0].words, is_here))
        if is_here and len(pages) > 1:
            here = pages
    return Tabs(groups, here)


def _tab(course: CourseView, page: _Page, path: str) -> Tab:
    base = f"/courses/{course.id}"
    if page.path == "/releases":
        return Tab(f"/releases?course={course.id}", page.words, False)
    address = f"{base}{page.path}"
    below = bool(page.path) and path.startswith(f"{address}/")
    return Tab(address, page.words, path == address or below or bool(re.match(page.also, path)))
