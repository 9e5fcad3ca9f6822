"""Files of received documents: upload, and the pages that a reviewer looks at with the places of facts marked.

A page is shown in a frame without an origin (console/access/guard.py). Every page that is looked at is in the audit trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import HTMLResponse
from starlette.datastructures import UploadFile

from adjudication.model.vocabulary import ClaimId
from console.access.guard import LARGEST_FILE
from console.access.roles import DOCUMENTS, acting_role
from console.access.session import Services, SignedIn
from console.appeals.access import no_such_appeal, seen_in
from console.documents.rendering import PageRenderer
from console.documents.view import FOR, NEW, recorded_facts
from console.ports import Console
from console.sign_in.break_glass import ClaimAccess, known, opened
from console.sign_in.session import Viewer
from console.web.problems import Problem
from console.web.toasts import Toast, redirect
from console.worklist.models import ResponseModel
from contracts.event_builders.documents import uploaded_document
from contracts.events.outgoing import OutgoingMessage
from contracts.ids import name_based
from contracts.records.documents import DocumentFile
from contracts.records.review_queries import WaitingClaim

router = APIRouter(include_in_schema=False)
api = APIRouter(tags=["documents"])

_RENDERER: Final = PageRenderer()
_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_ENDINGS: Final = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
    "text/plain": "txt",
}
PageNumber = Annotated[int, Path(ge=1)]


class FileKeptResponse(ResponseModel):
    """A file that was kept, as it was found to be."""

    file_id: str
    sha256: str
    media_type: str
    pages: int


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file of a claim that a person may see, and the person with the role that lets them."""

    console: Console
    waiting: WaitingClaim
    file: DocumentFile
    by: tuple[str, str]

    async def read(self, page: int | None) -> bytes:
        """Record that a page is looked at, or all of it taken away (None), then return the file."""
        files, claim = self.console.claims.document_files, self.waiting.claim.claim_id
        await files.viewed(claim, self.file, page, self.by, self.console.now())
        return await files.body(self.file.file_id)


@router.post("/claims/{claim_id}/documents")
async def upload(claim_id: UUID, request: Request, console: Services, viewer: Viewer) -> Response:
    """Keep a file of a document of this claim; a new document is announced on `documents.received`, as any other."""
    waiting, access = await opened(console, viewer.person, ClaimId(str(claim_id)))
    if not access.roles:
        raise Problem(403, "read-only", "you opened this claim to read; ask a person who works on it to add the file")
    form = await request.form()
    sent, document = form.get("file"), form.get("document")
    if not isinstance(sent, UploadFile) or not isinstance(document, str):
        raise Problem(422, "file", "choose a file and the document it belongs to, then send it again")
    body = await sent.read()
    if document.startswith(FOR):
        if document.removeprefix(FOR) not in {each.document_id for each in waiting.arrived}:
            raise Problem(422, "document", "this claim has no such document; load the page again")
        await _attached(console, waiting, document.removeprefix(FOR), body, (viewer.person_id, access.acting))
        words = "The file is kept with its document."
    else:
        await _announced(console, waiting, document.removeprefix(NEW), body, (viewer.person_id, access.acting))
        words = "The file is kept. Its document is listed here in a moment, and the claim is adjudicated again with it."
    return redirect(request, f"{_page_of(waiting, access)}#documents", Toast(words))


@router.get("/claims/{claim_id}/documents/{file_id}/pages/{page}")
async def show_page(claim_id: UUID, file_id: UUID, page: PageNumber, console: Services, viewer: Viewer) -> Response:
    """Show one page of a file of a claim, for a frame, with the places of facts marked. The view is recorded first."""
    return await _page(await _on_claim(console, viewer, claim_id, file_id), page)


@router.get("/appeals/{appeal_id}/documents/{file_id}/pages/{page}")
async def show_page_of_appeal(
    appeal_id: UUID, file_id: UUID, page: PageNumber, console: Services, viewer: Viewer
) -> Response:
    """Show one page of a file of an appealed claim to people who work on the appeal. The view is recorded first."""
    return await _page(await _on_appeal(console, viewer, appeal_id, file_id), page)


@router.get("/claims/{claim_id}/documents/{file_id}/original")
async def download(claim_id: UUID, file_id: UUID, console: Services, viewer: Viewer) -> Response:
    """Download a file byte for byte, as for a case file; no browser opens it by itself. The download is recorded first."""
    return await _original(await _on_claim(console, viewer, claim_id, file_id))


@router.get("/appeals/{appeal_id}/documents/{file_id}/original")
async def download_of_appeal(appeal_id: UUID, file_id: UUID, console: Services, viewer: Viewer) -> Response:
    """Download a file of an appealed claim byte for byte. The download is recorded first."""
    return await _original(await _on_appeal(console, viewer, appeal_id, file_id))


@api.post("/api/documents/files", openapi_extra=_BODY)
async def keep_file(
    request: Request,
    console: Services,
    person: SignedIn,
    submitter: Annotated[str, Query(max_length=50)],
    document_id: Annotated[str, Query(max_length=50)],
) -> FileKeptResponse:
    """Keep the file of a document that came on `documents.received`. 409 if the document has this file already."""
    if not person.roles & DOCUMENTS:
        roles = ", ".join(sorted(role.value for role in DOCUMENTS))
        raise Problem(403, "not-your-role", f"files of documents are sent by: {roles}")
    if not await console.claims.document_files.known(submitter, document_id):
        words = "no document with this submitter and id has come; send its event on documents.received first"
        raise Problem(404, "no-such-document", words)
    by = (person.person_id, acting_role(person.roles & DOCUMENTS))
    file = await _inspected(console, submitter, document_id, await request.body(), by)
    await _keep(console, file, await request.body())
    return FileKeptResponse(file_id=file.file_id, sha256=file.digest, media_type=file.media_type, pages=file.pages)


async def _attached(
    console: Console, waiting: WaitingClaim, document_id: str, body: bytes, by: tuple[str, str]
) -> None:
    await _keep(console, await _inspected(console, waiting.claim.submitter, document_id, body, by), body)


async def _announced(console: Console, waiting: WaitingClaim, kind: str, body: bytes, by: tuple[str, str]) -> None:
    """Keep a file as a new document of the claim. The same file is the same document."""
    if kind not in console.words.documents:
        raise Problem(422, "document", "no policy knows this kind of document; choose one of the list")
    claim = waiting.claim
    number = await console.claims.document_files.reached_by(claim.claim_id)
    if number is None:
        words = "other claims have the same claim control number, so the document would not find this one"
        raise Problem(409, "no-number", f"{words}; request the document first, then upload the file")
    document_id = f"UP-{name_based(f'upload:{claim.claim_id}:{sha256(body).hexdigest()}')}"
    file = await _inspected(console, claim.submitter, document_id, body, by)
    await _keep(console, file, body, uploaded_document(file, kind, claim.control_number, number or None))


async def _inspected(
    console: Console, submitter: str, document_id: str, body: bytes, by: tuple[str, str]
) -> DocumentFile:
    if not 0 < len(body) <= LARGEST_FILE:
        raise Problem(413, "too-large", f"a file has 1 byte to {LARGEST_FILE >> 20} MiB; split it, or scan it smaller")
    media_type, pages = await _RENDERER.inspect(body)
    digest = sha256(body).hexdigest()
    identity = name_based(f"file:{len(submitter)}:{submitter}:{document_id}:{digest}")
    return DocumentFile(identity, submitter, document_id, media_type, pages, len(body), digest, *by, console.now())


async def _keep(console: Console, file: DocumentFile, body: bytes, event: OutgoingMessage | None = None) -> None:
    if not await console.claims.document_files.keep(file, body, event):
        raise Problem(409, "file-kept", "this document has the same file already; nothing was changed")


async def _on_claim(console: Console, viewer: Viewer, claim_id: UUID, file_id: UUID) -> OpenedFile:
    waiting, access = await opened(console, viewer.person, ClaimId(str(claim_id)))
    return await _file(console, waiting, file_id, (viewer.person_id, access.acting))


async def _on_appeal(console: Console, viewer: Viewer, appeal_id: UUID, file_id: UUID) -> OpenedFile:
    held = await console.appeals.reads.held(str(appeal_id))
    if held is None:
        raise no_such_appeal()
    role = acting_role(seen_in(held, viewer.person, console))
    return await _file(console, await known(console, held.claim.claim_id), file_id, (viewer.person_id, role))


async def _file(console: Console, waiting: WaitingClaim, file_id: UUID, by: tuple[str, str]) -> OpenedFile:
    ids = [each.document_id for each in waiting.arrived]
    files = await console.claims.document_files.of(waiting.claim.submitter, ids)
    found = next((each for each in files if each.file_id == str(file_id)), None)
    if found is None:
        raise Problem(404, "no-such-file", "this claim has no such file; load its page again")
    return OpenedFile(console, waiting, found, by)


async def _page(seen: OpenedFile, page: int) -> Response:
    file = seen.file
    if page > file.pages:
        raise Problem(404, "no-such-page", f"the file has {file.pages} pages; open one of these")
    body = await seen.read(page)
    stated = await seen.console.claims.document_files.facts(file.submitter, [file.document_id])
    facts = (*stated, *recorded_facts(seen.waiting))
    here = [each for each in facts if each.document_id == file.document_id and each.page == page]
    quotes = [each.quote for each in here if each.quote is not None]
    areas = [each.area for each in here if each.area is not None]
    drawn = await _RENDERER.draw(body, page, quotes, areas)
    return HTMLResponse(drawn.document(f"Page {page} of {file.pages} of {file.document_id}"))


async def _original(seen: OpenedFile) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{seen.file.file_id}.{_ENDINGS[seen.file.media_type]}"'}
    return Response(await seen.read(None), media_type="application/octet-stream", headers=headers)


def _page_of(waiting: WaitingClaim, access: ClaimAccess) -> str:
    work = access.works and not waiting.determined
    return f"/{'review' if work else 'claims'}/{waiting.claim.claim_id}"
