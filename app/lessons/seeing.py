"""What the author is told of a page besides its words: the page's description, where a model made one."""

from dataclasses import replace

from app.base.db import unit_of_work
from app.courses import service as courses
from app.courses.description import Source
from app.lessons.author import Assignment
from app.lessons.points import is_bare, points


def seen(work: Assignment) -> Assignment:
    """The assignment of somebody who has looked at the page: it is described first, if it is not yet.

    What a model saw on the picture of a page without words of its own is taken for the page's words, as nothing else
    could be taught there; in all other cases it stands beside them. What is made by rule tells an author nothing new.
    """
    courses.describe(work.page.id)
    with unit_of_work() as session:
        found = courses.description_of(session, work.page.id)
        page = courses.page(session, work.page.id)
    if found is None or not found.is_new:
        return work
    if found.source is not Source.PICTURE:
        return replace(work, shown=found.text)
    if all(is_bare(one) for one in points(page)):
        return replace(work, page=page.model_copy(update={"text": f"{page.text}\n{found.text}"}))
    return replace(work, page=page, shown=found.text, heard=f"{work.heard}\n{found.text}")
