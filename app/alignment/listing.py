"""The sets that are here: from their manifests, with what the database knows of those that hold people's words."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.alignment.datasets.freezing import manifest_of
from app.alignment.datasets.schema import SetManifest, SetView
from app.alignment.schema import MANIFEST, SFT, alignment_folder, set_folder
from app.alignment.signals.keeping import is_withdrawn
from app.alignment.signals.models import SetRow

MOST = 500


def sets(session: Session) -> list[SetView]:
    """All sets, newest first, at most MOST."""
    found = sorted(alignment_folder("sets").glob(f"*/{MANIFEST}"), key=lambda path: path.stat().st_mtime, reverse=True)
    views = [_view(session, manifest_of(path.parent.name)) for path in found[:MOST] if path.parent.name[0] != "."]
    return sorted(views, key=lambda one: one.made_at, reverse=True)


def set_view(session: Session, content_hash: str) -> SetView:
    """One set, by its hash or the first twelve letters of it. NotFound where there is none."""
    return _view(session, manifest_of(content_hash))


def _view(session: Session, manifest: SetManifest) -> SetView:
    row = session.scalar(select(SetRow).where(SetRow.hash == manifest.hash))
    folder = set_folder(manifest.hash)
    made_at = row.made_at if row else datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, UTC)
    return SetView(
        manifest=manifest,
        made_at=made_at,
        withdrawn_at=row.withdrawn_at if row else None,
        is_whole=(folder / SFT).is_file() and not (row and is_withdrawn(session, manifest.hash)),
    )
