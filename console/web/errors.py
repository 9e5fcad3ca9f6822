"""Problems as pages: the fault, its cause, and the remedy. Callers of the API, and clients that ask for JSON, get JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import Request, Response

from console.access.guard import is_api
from console.web.page import page
from console.web.problems import Problem, ProblemLink, response


@dataclass(frozen=True, slots=True)
class ProblemView:
    """A problem in words."""

    status: int
    title: str
    detail: str
    todo: str
    errors: tuple[tuple[str, str], ...]
    code: str
    way: ProblemLink | None


_WORDS: Final = {
    400: ("This could not be read", "Go back, load the page again and repeat what you did."),
    401: ("Sign in first", "You are not signed in. Sign in to return to this page."),
    403: ("You may not do this", "If your work needs it, ask a supervisor: the staff list says who may do what."),
    404: ("There is nothing here", "Check the number, or search for the claim by any of its ids at the top of the page."),
    405: ("This address takes no such request", "Go back and use the links and buttons of the page."),
    409: ("This has changed meanwhile", "Load the page again to see who did what; what you typed is kept in this tab."),
    413: ("This is too large", "Send less at once."),
    415: ("This kind of content is not taken", "Go back and use the form of the page."),
    422: ("Something is missing or not as expected", "Go back, correct the marked fields and send the form again. Your input is kept."),
    429: ("Too many requests", "Wait a moment, then try again."),
    500: ("This did not work", "Try again. If it happens again, send operations the number above, the time and this page's address."),
    503: ("A server this needs does not answer", "Nothing is lost. Wait a moment and send the same again."),
}  # fmt: skip
_OTHER: Final = ("This did not work", "Go back and try again. If it happens again, send operations the time.")
_NO_PAGE: Final = "No page has this address, or what it showed is gone."


def for_machines(path: str, accept: str) -> bool:
    """Return whether an error is sent as JSON: on API addresses, and if the request accepts JSON but no HTML."""
    return is_api(path) or ("json" in accept and "text/html" not in accept)


def shown(request: Request, problem: Problem) -> Response:
    """Render a problem for the client; htmx shows its block in the page's live region."""
    if for_machines(request.url.path, request.headers.get("Accept", "")):
        return response(problem)
    if (
        problem.code == "invalid"
        and problem.errors
        and all(each.get("field", "").startswith("path.") for each in problem.errors)
    ):
        problem = Problem(404, "not-found", _NO_PAGE)  # an address with an invalid id names no page
    answer = page(request, "web/problem.html", problem_view(problem), status=problem.status, fragment="problem")
    answer.headers.update(problem.headers)
    return answer


def problem_view(problem: Problem) -> ProblemView:
    """Put a problem into words for a person."""
    title, todo = _WORDS.get(problem.status, _OTHER)
    detail = _NO_PAGE if problem.code == "not-found" else problem.detail
    if problem.code == "invalid" and problem.errors:
        detail = "Some of what was sent cannot be used"
    detail += "" if detail.endswith((".", "?", "!")) else "."
    errors = tuple((_named(each.get("field", "")), each.get("problem", "")) for each in problem.errors)
    return ProblemView(problem.status, title, detail, todo, errors, problem.code, problem.way)


def _named(field: str) -> str:
    """Name a field as a person knows it: without its part of the request, and in words."""
    name = field.removeprefix("query.").removeprefix("body.").removeprefix("path.")
    return name.replace("_", " ")
