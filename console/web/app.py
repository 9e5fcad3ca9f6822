"""Builds the application from its dependencies. There are no globals, so a process or a test may have several."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.types import ASGIApp

from console.access.guard import Guard, Pages
from console.appeals import api as appeals_api
from console.appeals import letters as appeal_letters
from console.appeals import routes as appeals
from console.audit import routes as audit_routes
from console.bulk_retries import api as bulk_api
from console.bulk_retries import routes as bulk_pages
from console.callers import routes as callers
from console.campaigns import api as campaigns_api
from console.campaigns import routes as campaigns
from console.claims import routes as claim_routes
from console.dashboard import routes as dashboard
from console.dead_letters import api as letters_api
from console.dead_letters import bulk_api as letter_bulks_api
from console.dead_letters import bulk_routes
from console.dead_letters import routes as letter_routes
from console.dead_letters.bulk_models import ProposeDeadLettersV1
from console.dead_letters.models import CloseDeadLetterV1
from console.desk import api as desk_api
from console.desk import routes as desk_routes
from console.documents import api as documents_api
from console.documents import files as document_files
from console.documents import routes as documents
from console.exports import api as exports_api
from console.exports import routes as exports
from console.help import routes as help_routes
from console.letters import api as letter_api
from console.letters import mail, mail_api
from console.monitors import api as monitors_api
from console.monitors import routes as monitors
from console.payloads import routes as payloads
from console.people import api as people
from console.people import routes as staff
from console.policies import api as policies_api
from console.policies import routes as policies
from console.ports import Console
from console.reopenings import api as reopenings_api
from console.reopenings import proposal_routes, raise_routes
from console.reopenings import routes as reopenings
from console.review import api as review_api
from console.review import routes as review
from console.sign_in import break_glass_pages, sessions
from console.sign_in import responses as answers
from console.sign_in import routes as sign_in
from console.sign_in.session import viewer
from console.web import assets, routes
from console.web.errors import shown
from console.web.problems import MEDIA_TYPE, Problem, ProblemDetails, install
from console.web.zones import of_plans
from console.worklist import api as tasks
from console.worklist import routes as worklist
from console.worklist import saved_views
from contracts.actions.appeals import APPEAL_ACTION
from contracts.actions.bulk_retries import BulkRetryV1
from contracts.actions.corrections import CORRECTION_ACTION
from contracts.actions.people import ProposePeopleV1, RuleOnPeopleV1
from contracts.actions.review import REVIEW_ACTION

_REFERENCE: Final = "#/components/schemas/{model}"
_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    "default": {"description": "A problem (RFC 9457).", "model": ProblemDetails}
}
SCREENS: Final[tuple[APIRouter, ...]] = (
    routes.router,
    sessions.router,
    break_glass_pages.router,
    bulk_pages.router,
    worklist.router,
    saved_views.router,
    review.router,
    desk_routes.router,
    bulk_routes.router,
    letter_routes.router,
    claim_routes.router,
    dashboard.router,
    appeals.router,
    appeal_letters.router,
    reopenings.router,
    proposal_routes.router,
    raise_routes.router,
    campaigns.router,
    documents.router,
    document_files.router,
    callers.router,
    mail.router,
    audit_routes.router,
    staff.router,
    exports.router,
    help_routes.router,
    monitors.router,
    policies.router,
)
"""The routers of the pages: each requires a signed-in person, and accepts changes from its own pages only."""

health = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers."""

    model_config = ConfigDict(frozen=True)

    status: str = "ok"


@health.get("/healthz")
async def alive() -> Health:
    """Confirm that the process answers. It calls no other server."""
    return Health()


def create_api(console: Console, unavailable: tuple[type[Exception], ...] = ()) -> FastAPI:
    """Make the API and the pages; after an `unavailable` error the same request may succeed later."""
    app = _Described(
        title="Claimwright review",
        version="1",
        description="Worklist, cases and actions for the people who decide what no machine may.",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        generate_unique_id_function=_operation,
        responses=_ERRORS,
    )
    app.state.assets = assets.load_assets()
    hand_over(app, console)
    apis = (
        tasks,
        review_api,
        people,
        bulk_api,
        letters_api,
        appeals_api,
        letter_api,
        desk_api,
        documents_api,
        reopenings_api,
        campaigns_api,
        monitors_api,
        mail_api,
        policies_api,
        exports_api,
    )
    for module in (*apis, letter_bulks_api, payloads, assets):
        app.include_router(module.router)
    app.include_router(claim_routes.api)
    app.include_router(document_files.api)
    app.include_router(sign_in.router)
    for screen in SCREENS:
        app.include_router(screen, dependencies=[Depends(viewer)])
    app.include_router(health)
    install(app, unavailable, shown)
    answers.install(app)
    return app


def hand_over(api: FastAPI, console: Console) -> None:
    """Attach a console's dependencies to an application; its pages and paths are the same for every console."""
    api.state.console = console
    api.state.pages = Pages(console.sign_in.secure)
    api.state.zones = of_plans(console.reference)


def create_app(console: Console, unavailable: tuple[type[Exception], ...] = ()) -> ASGIApp:
    """Make the API and the pages with their guard, as they are served; raises MissingAssetsError before the build step."""
    return guarded(create_api(console, unavailable))


def guarded(api: FastAPI) -> ASGIApp:
    """Put the guard in front; its refusals are shown as the application shows its own problems."""

    def show(request: Request, problem: Problem) -> Response:
        request.scope["app"] = api
        return shown(request, problem)

    guard = Guard(api, show, api.state.pages)
    origin = api.state.console.payloads.origin
    return guard if origin is None else payloads.TemporalPages(guard, origin)


def _operation(route: APIRoute) -> str:
    return route.name


class _Described(FastAPI):
    """Builds its OpenAPI description on the first request, because that takes a second."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            _describe(super().openapi())
        return super().openapi()


def _describe(described: dict[str, Any]) -> None:
    """Describe the bodies that are read as bytes (strict JSON), and errors by their media type."""
    schemas = described["components"]["schemas"]
    action = REVIEW_ACTION.json_schema(ref_template=_REFERENCE)
    people_proposed = ProposePeopleV1.model_json_schema(ref_template=_REFERENCE)
    ruled = RuleOnPeopleV1.model_json_schema(ref_template=_REFERENCE)
    release = BulkRetryV1.model_json_schema(ref_template=_REFERENCE)
    appeal = APPEAL_ACTION.json_schema(ref_template=_REFERENCE)
    correction = CORRECTION_ACTION.json_schema(ref_template=_REFERENCE)
    closing = CloseDeadLetterV1.model_json_schema(ref_template=_REFERENCE)
    letters = ProposeDeadLettersV1.model_json_schema(ref_template=_REFERENCE)
    issuing = {model.__name__: model.model_json_schema() for model in letter_api.BODIES}
    bodies = (*reopenings_api.BODIES, *campaigns_api.BODIES, *monitors_api.BODIES)
    campaigning = {each.__name__: each.model_json_schema(ref_template=_REFERENCE) for each in bodies}
    for schema in (
        action,
        people_proposed,
        ruled,
        release,
        appeal,
        correction,
        closing,
        letters,
        *campaigning.values(),
    ):
        schemas.update(schema.pop("$defs", {}))
    schemas |= {
        "ReviewActionV1": action,
        "ProposePeopleV1": people_proposed,
        "RuleOnPeopleV1": ruled,
        "BulkRetryV1": release,
        "AppealActionV1": appeal,
        "CorrectionActionV1": correction,
        "CloseDeadLetterV1": closing,
        "ProposeDeadLettersV1": letters,
        **issuing,
        **campaigning,
    }
    for operations in described["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            error = operation["responses"]["default"]
            error["content"] = {MEDIA_TYPE: {"schema": {"$ref": _REFERENCE.format(model="ProblemDetails")}}}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
