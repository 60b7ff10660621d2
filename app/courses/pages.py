"""Pages and passages: stored as they are read, and handed out as documents."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from app.base.db import new_id
from app.base.errors import NotFound
from app.base.text import clean_text, clean_tree
from app.courses.models import PageRow, PassageRow
from app.courses.schema import Page, Passage, PicturePath, PlacedLine, ReadPage
from app.courses.upload import pictures_folder

MEDIA_TYPES = {".svg": "image/svg+xml", ".webp": "image/webp"}


def store_page(
    session: Session, material_id: UUID, page: ReadPage, texts: list[str], vectors: list[list[float]]
) -> None:
    """Put a page and its passages in place. Read again, they keep their ids where nothing changed."""
    row = _page_row(session, material_id, page.number)
    row.title, row.text, row.notes = page.title, page.text, page.notes
    row.picture, row.width, row.height, row.problem = page.picture, page.width, page.height, page.problem
    row.lines = clean_tree([line.model_dump(mode="json") for line in page.lines])
    session.flush()
    texts = [clean_text(text) for text in texts]
    own = (PassageRow.page_id == row.id, ~PassageRow.described)
    query = select(PassageRow.text).where(*own).order_by(PassageRow.position)
    if list(session.scalars(query)) == texts:
        return
    session.execute(delete(PassageRow).where(*own))
    for position, (text, vector) in enumerate(zip(texts, vectors, strict=True)):
        session.add(
            PassageRow(
                page_id=row.id,
                material_id=material_id,
                position=position,
                page_number=page.number,
                text=text,
                embedding=vector,
            )
        )
    session.flush()


def _page_row(session: Session, material_id: UUID, number: int) -> PageRow:
    query = select(PageRow).where(PageRow.material_id == material_id, PageRow.number == number)
    row = session.scalar(query)
    if row is None:
        row = PageRow(id=new_id(), material_id=material_id, number=number)
        session.add(row)
    return row


def pages(session: Session, material_id: UUID, numbers: Collection[int] | None = None) -> list[Page]:
    """The pages read so far, or those of them with these numbers, in order, with their passages."""
    query = select(PageRow).where(PageRow.material_id == material_id)
    passages = PassageRow.material_id == material_id
    if numbers is not None:
        query, passages = query.where(PageRow.number.in_(numbers)), passages & PassageRow.page_number.in_(numbers)
    by_page = _passages(session, passages)
    return [_page_view(row, by_page.get(row.id, [])) for row in session.scalars(query.order_by(PageRow.number))]


def _passages(session: Session, wanted: ColumnElement[bool]) -> dict[UUID, list[Passage]]:
    """Passages in their order, by page; without their vectors, of which a page's are longer than all its words."""
    row = PassageRow
    query = select(row.page_id, row.id, row.page_number, row.text, row.described).where(wanted).order_by(row.position)
    found: dict[UUID, list[Passage]] = {}
    for page_id, passage_id, number, text, described in session.execute(query):
        found.setdefault(page_id, []).append(Passage(id=passage_id, page=number, text=text, described=described))
    return found


def page(session: Session, page_id: UUID) -> Page:
    """One page with its passages. NotFound if there is none."""
    row = session.get(PageRow, page_id)
    if row is None:
        raise NotFound
    return _page_view(row, _passages(session, PassageRow.page_id == page_id).get(page_id, []))


def picture(session: Session, material_id: UUID, number: int) -> PicturePath:
    """Where the picture of a page lies. NotFound if it has none."""
    query = select(PageRow.picture).where(PageRow.material_id == material_id, PageRow.number == number)
    name = session.scalar(query)
    path = pictures_folder(material_id) / (name or "none")
    if not name or not path.is_file():
        raise NotFound
    return PicturePath(path=path, media_type=MEDIA_TYPES[path.suffix])


def passage_view(row: PassageRow, score: float = 0.0) -> Passage:
    """The document of a passage row."""
    return Passage(id=row.id, page=row.page_number, text=row.text, described=row.described, score=score)


def _page_view(row: PageRow, passages: list[Passage]) -> Page:
    return Page(
        id=row.id,
        number=row.number,
        title=row.title,
        text=row.text,
        notes=row.notes,
        has_picture=bool(row.picture),
        width=row.width,
        height=row.height,
        problem=row.problem,
        passages=passages,
        lines=[PlacedLine.model_validate(line) for line in row.lines],
    )
