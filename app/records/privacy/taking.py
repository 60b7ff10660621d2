"""Everything that is held about a person, as a zip that is sent while it is made.

The tables come from the annotations of their columns, so that a new table is in it without anybody thinking of it.
"""

import io
import json
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from uuid import UUID

from jinja2 import Environment
from pydantic import BaseModel, JsonValue
from sqlalchemy import Column, ColumnElement, RowMapping, Table, Uuid, func, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.assessment import service as assessment
from app.base.db import now
from app.base.personal import MEANINGS, Personal, personal_columns, said_of
from app.base.redaction import Redaction, redact_tree
from app.base.templates import templates
from app.records.lrs.forgetting import others_left_out
from app.records.privacy.belonging import belongs
from app.records.privacy.register import tables
from app.records.privacy.releases import releases_of
from app.records.privacy.transcripts import Line, Transcript, attended, lines, veil

BATCH = 500
OTHERS = "somebody else"
VEILED = {"turn_prompt": "class_id", "guard_pair": "class_id", "class_session": "id"}
"""Tables whose words may repeat what others said in the class that this column names."""


class Held(BaseModel):
    """A table and how many of its rows are the person's."""

    name: str
    holds: str
    count: int


class _Pipe(io.RawIOBase):
    """What a zip is written to: bytes wait here until they are sent on."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def writable(self) -> bool:
        """It only takes."""
        return True

    def write(self, data: object) -> int:
        """Take some bytes."""
        taken = bytes(memoryview(data))  # type: ignore[arg-type]
        self.waiting += taken
        return len(taken)

    def sent(self) -> bytes:
        """Give out what waits."""
        out, self.waiting = bytes(self.waiting), bytearray()
        return out


def everything(session: Session, person_id: UUID) -> Iterator[bytes]:
    """The zip in pieces. The session stays open while it is sent; nothing of it is kept whole in memory."""
    pipe = _Pipe()
    classes = attended(session, person_id)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, parts in _files(session, person_id, classes):
            with archive.open(name, "w", force_zip64=True) as file:
                for part in parts:
                    file.write(part.encode())
                    yield pipe.sent()
    yield pipe.sent()


def _files(session: Session, person_id: UUID, classes: list[Transcript]) -> Iterator[tuple[str, Iterator[str]]]:
    yield "start.html", _start(session, person_id, classes)
    for one in classes:
        yield f"classes/{one.class_id}.html", _class_page(session, person_id, one)
        yield f"classes/{one.class_id}.json", _class_json(session, person_id, one)
    yield "answers.json", _answers(session, person_id)
    for table in tables():
        condition = belongs(table, person_id)
        if condition is not None and personal_columns(table):
            yield f"tables/{table.name}.json", _rows(session, person_id, table, condition)


# -------------------------------------------------------------------------------------------------------- the pages


@lru_cache
def _sheets() -> Environment:
    return templates(Path(__file__).parent / "sheets")


def _start(session: Session, person_id: UUID, classes: list[Transcript]) -> Iterator[str]:
    name, _ = accounts.name_and_address(session, person_id)
    yield (
        _sheets()
        .get_template("start.html.j2")
        .render(
            title="Your data",
            name=name,
            taken=now().strftime("%Y-%m-%d %H:%M"),
            classes=classes,
            releases=releases_of(session, person_id),
            tables=held(session, person_id),
        )
    )


def held(session: Session, person_id: UUID) -> list[Held]:
    """What is held about a person, table by table; tables without a row of theirs are left out."""
    found = []
    for table in tables():
        condition, kinds = belongs(table, person_id), personal_columns(table)
        if condition is None or not kinds:
            continue
        count = session.scalar(select(func.count()).select_from(table).where(condition)) or 0
        told = dict.fromkeys(MEANINGS[kind] for kind in kinds.values() if kind is not Personal.LINK)
        if count:
            found.append(Held(name=table.name, holds="; ".join(told) or MEANINGS[Personal.LINK], count=count))
    return found


def _class_page(session: Session, person_id: UUID, one: Transcript) -> Iterator[str]:
    yield _sheets().get_template("class.html.j2").render(title=one.title)
    for line in lines(session, one.class_id, person_id):
        yield _line(line)
    yield "</table>\n</body>\n</html>\n"


def _line(line: Line) -> str:
    is_own = ' class="you"' if line.who == "you" else ""
    words = (
        escape(line.text) if line.text else f"<i>{escape(line.kind)}{f', page {line.page}' if line.page else ''}</i>"
    )
    at = line.at.strftime("%Y-%m-%d %H:%M:%S")
    return f'<tr><td class="time">{at}</td><td{is_own}>{escape(line.who)}</td><td>{words}</td></tr>\n'


def _class_json(session: Session, person_id: UUID, one: Transcript) -> Iterator[str]:
    yield f'{{"class": {one.model_dump_json()}, "lines": [\n'
    for at, line in enumerate(lines(session, one.class_id, person_id)):
        yield (",\n" if at else "") + line.model_dump_json()
    yield "\n]}\n"


def _answers(session: Session, person_id: UUID) -> Iterator[str]:
    """The answers to questions as they were read: what was asked, what was answered, and the marks."""
    yield "[\n"
    for at, one in enumerate(assessment.answers_of(session, person_id)):
        yield (",\n" if at else "") + one.model_dump_json(exclude={"change", "person"})
    yield "\n]\n"


# -------------------------------------------------------------------------------------------------------- the tables


def _rows(session: Session, person_id: UUID, table: Table, condition: ColumnElement[bool]) -> Iterator[str]:
    query = select(table).where(condition).execution_options(yield_per=BATCH)
    _, email = accounts.name_and_address(session, person_id)
    hide = lru_cache(maxsize=8)(lambda class_id: veil(session, class_id, person_id))
    yield "[\n"
    for at, row in enumerate(session.execute(query).mappings()):
        told = _row(person_id, table, row)
        if table.name == "statement" and row["credential_id"]:
            told["document"] = others_left_out(row["document"], person_id, email)
        if table.name in VEILED:
            told = _veiled(row, told, hide(row[VEILED[table.name]]))
        yield (",\n" if at else "") + json.dumps(told, ensure_ascii=False)
    yield "\n]\n"


def _row(person_id: UUID, table: Table, row: RowMapping) -> dict[str, JsonValue]:
    told = {column.name: _cell(column, row[column.name], person_id) for column in table.columns if _is_given(column)}
    if table.name == "audit" and row["who_id"] != person_id:
        told["address_hash"] = ""  # that is the other's
    return told


def _is_given(column: Column[object]) -> bool:
    """All that is personal save secrets, and what places a row: its keys and ids."""
    kind = said_of(column)
    if kind is Personal.NONE:
        return isinstance(column.type, Uuid) or column.primary_key
    return kind is not Personal.SECRET


def _cell(column: Column[object], value: object, person_id: UUID) -> JsonValue:
    if said_of(column) is Personal.LINK and value not in (None, person_id):
        return OTHERS
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        return _words(value)
    if value is None or isinstance(value, bool | int | float | str | dict | list):
        return value
    return str(value)


def _words(content: bytes) -> str:
    """Bytes as the text they are, or in base64."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return f"base64:{b64encode(content).decode()}"


def _veiled(row: RowMapping, told: dict[str, JsonValue], hide: Redaction) -> dict[str, JsonValue]:
    """The row without the others of its class. What a class with others has come to is theirs as well: it is left to
    the transcript.
    """
    if row.get("is_shared"):
        told.pop("state", None)
    elif isinstance(state := told.get("state"), dict):
        told["state"] = {name: value for name, value in state.items() if name != "whispers"}
    return {name: redact_tree(value, hide) for name, value in told.items()}
