"""The verbs of the learning record store."""

from app.records.lrs.credentials import (
    add_credential,
    authority_key,
    client_of,
    credentials,
    revoke_credential,
    scopes_of,
)
from app.records.lrs.documents import (
    delete_document,
    delete_documents,
    document_names,
    etag_of,
    post_document,
    put_document,
    read_document,
)
from app.records.lrs.people import activity_of, person_of
from app.records.lrs.querying import authority_id, consistent_through, find, find_one, query_of, token_of
from app.records.lrs.writing import write

__all__ = [
    "activity_of",
    "add_credential",
    "authority_id",
    "authority_key",
    "client_of",
    "consistent_through",
    "credentials",
    "delete_document",
    "delete_documents",
    "document_names",
    "etag_of",
    "find",
    "find_one",
    "person_of",
    "post_document",
    "put_document",
    "query_of",
    "read_document",
    "revoke_credential",
    "scopes_of",
    "token_of",
    "write",
]
