"""The verbs of the courses room."""

from app.courses.access import (
    access_course,
    access_material,
    add_module,
    create_course,
    material_kind,
    materials,
    my_courses,
    set_language,
    teaching_language,
)
from app.courses.describing import (
    ask_again,
    describe,
    description_of,
    descriptions,
    undescribed,
    undescribed_pages,
    waiting,
)
from app.courses.pages import page, pages, picture
from app.courses.placing import place_of
from app.courses.reading import overdue, read_deck
from app.courses.searching import RELEVANT, search, search_among, search_in
from app.courses.upload import add_material, read_again

__all__ = [
    "RELEVANT",
    "access_course",
    "access_material",
    "add_material",
    "add_module",
    "ask_again",
    "create_course",
    "describe",
    "description_of",
    "descriptions",
    "material_kind",
    "materials",
    "my_courses",
    "overdue",
    "page",
    "pages",
    "picture",
    "place_of",
    "read_again",
    "read_deck",
    "search",
    "search_among",
    "search_in",
    "set_language",
    "teaching_language",
    "undescribed",
    "undescribed_pages",
    "waiting",
]
