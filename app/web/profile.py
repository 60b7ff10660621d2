"""The profile of the records, for people and for machines. Anybody may read it."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from app.records import service as records
from app.web.pages import show

router = APIRouter()


@router.get("/profile.jsonld")
def profile_document() -> JSONResponse:
    """The xAPI profile as JSON-LD."""
    return JSONResponse(records.profile().document(), media_type="application/ld+json")


@router.get("/profile")
def profile_page(request: Request) -> Response:
    """The same in words."""
    return show(request, "records/profile.html", profile=records.profile())
