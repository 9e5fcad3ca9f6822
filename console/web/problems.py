"""Errors as problem details (RFC 9457). Each text has the fault, the cause and the remedy, and never repeats the content sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeVar
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from adjudication.people import Refusal, RefusalKind
from contracts.problem_words import ValueProblem, value_problems

log = structlog.get_logger(__name__)
_Sent = TypeVar("_Sent")

MEDIA_TYPE: Final = "application/problem+json"


class ProblemDetails(BaseModel):
    """The body of every error."""

    model_config = ConfigDict(frozen=True)

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ProblemLink:
    """A link to the page to use after a problem."""

    label: str
    address: str


class Problem(Exception):  # noqa: N818 - the name of the thing (RFC 9457)
    """Refuses a request."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[dict[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        way: ProblemLink | None = None,
    ) -> None:
        """Take the problem: `code` for programs, `detail` for people, `way`: a link to the page to use next."""
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers, self.way = tuple(errors), dict(headers or {}), way


def response(problem: Problem) -> JSONResponse:
    """Render a problem."""
    body: dict[str, Any] = {
        "type": f"urn:claimwright:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
    }
    if problem.errors:
        body["errors"] = list(problem.errors)
    return JSONResponse(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


_STATUS: Final = {
    RefusalKind.FORBIDDEN: 403,
    RefusalKind.NOT_FOUND: 404,
    RefusalKind.CONFLICT: 409,
    RefusalKind.INVALID: 422,
}


def problem_of(refusal: Refusal, headers: Mapping[str, str] | None = None) -> Problem:
    """Turn a refusal of the core into a problem. The HTTP status follows from the refusal's kind."""
    return Problem(_STATUS[refusal.kind], refusal.code, refusal.words, headers=headers)


def invalid(error: ValidationError | RequestValidationError) -> Problem:
    """Turn a validation error into a problem that names fields and expectations, never values."""
    raw = error.errors(include_input=False, include_url=False) if isinstance(error, ValidationError) else error.errors()
    if any(each["type"] == "json_invalid" for each in raw):
        return Problem(400, "not-json", "the body is not JSON; send one JSON document in UTF-8")
    errors = [{"field": _place(each), "problem": each.words} for each in value_problems(raw)][:20]
    named = "; ".join(f"{each['field']}: {each['problem']}" for each in errors[:5])
    return Problem(422, "invalid", f"what was sent is not as the interface describes it: {named}", errors=errors)


async def read_body(request: Request, described: type[_Sent] | TypeAdapter[_Sent]) -> _Sent:
    """Read a request body as the interface describes it; any other body is refused with a text."""
    adapter = described if isinstance(described, TypeAdapter) else TypeAdapter(described)
    try:
        return adapter.validate_json(await request.body())
    except ValidationError as error:
        raise invalid(error) from None


def described_body(model: type[BaseModel]) -> dict[str, Any]:
    """Return how OpenAPI describes a body that `read_body` reads, which FastAPI cannot see."""
    schema = {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    return {"requestBody": {"required": True, "content": {"application/json": schema}}}


def _place(problem: ValueProblem) -> str:
    """Return the place of an error; the name of an unknown field is user input, so it is left out."""
    parts: Iterable[Any] = problem.place[:-1] if problem.kind == "extra_forbidden" else problem.place
    return ".".join(str(part) for part in parts) or "body"


def install(
    app: FastAPI, unavailable: tuple[type[Exception], ...], show: Callable[[Request, Problem], Response]
) -> None:
    """Show every error as a problem; `unavailable` are those after which the same request may succeed."""

    async def answer(request: Request, error: Exception) -> Response:
        return show(request, _problem_of(error))

    async def later(request: Request, _error: Exception) -> Response:
        detail = "a server this needs does not answer; nothing is lost, send the same request again in a moment"
        return show(request, Problem(503, "unavailable", detail, headers={"Retry-After": "5"}))

    for kind in (Problem, RequestValidationError, ValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, answer)
    for kind in unavailable:
        app.add_exception_handler(kind, later)


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return invalid(error)
    if isinstance(error, HTTPException):
        phrase = HTTPStatus(error.status_code).phrase
        code = phrase.lower().replace(" ", "-")
        return Problem(error.status_code, code, f"{phrase}; see /openapi.json for what there is", headers=error.headers)
    return _defect(error)


def _defect(error: Exception) -> Problem:
    """Log an unexpected error under an id and return a problem with that id, so that operations can find the error."""
    error_id = uuid4().hex[:12]
    log.error("a request failed", error_id=error_id, exc_info=error)
    words = (
        f"something went wrong here; it is logged as {error_id}, and sending the same again is safe but may not help"
    )
    return Problem(500, "internal", words)
