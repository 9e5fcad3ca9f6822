"""The policies for those who own, approve or apply them: rules with their source, cases, releases, use. Nothing is changed here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from adjudication.readjudication.monitors import WATCHERS
from console.access.session import Services
from console.ports import Console
from console.sign_in.session import Viewer
from console.web.page import page, page_of_lines
from console.web.problems import Problem
from rulebook.authoring.reading import PolicyReading, each_part_once
from storage.decisions.policy_use import NEWEST

router = APIRouter(prefix="/policies", include_in_schema=False)
Name = Annotated[str, Path(max_length=60)]


@router.get("")
async def list_policies(request: Request, console: Services, viewer: Viewer) -> Response:
    """List every policy with the versions that decide."""
    found = await console.policy_pages.summaries(console.now().date())
    return page(
        request,
        "policies/list.html",
        {"policies": found, "today": console.now().date(), "watches": viewer.roles & WATCHERS},
    )


@router.get("/{policy}/{version}")
async def show_version(policy: Name, version: Name, request: Request, console: Services, viewer: Viewer) -> Response:  # noqa: ARG001
    """Show one version: its source, releases and use, and its rules each with the source's text."""
    reading = await _reading(console, policy, version)
    versions = await console.policy_pages.versions(policy, console.now().date())

    def view() -> Mapping[str, object]:
        return {
            **_common(reading),
            "versions": versions,
            "plans": console.policy_pages.plans(policy),
            "this": next(each for each in versions if each.row.version.version == version),
        }

    return await page_of_lines(request, "policies/page.html", view)


@router.get("/{policy}/{version}/rules/{rule_id}")
async def show_rule(
    policy: Name,
    version: Name,
    rule_id: Name,
    request: Request,
    console: Services,
    viewer: Viewer,  # noqa: ARG001
) -> Response:
    """Show the criteria of one rule."""
    reading = await _reading(console, policy, version)
    rule = reading.rule(rule_id)
    if rule is None:
        raise Problem(404, "no-such-rule", "this version has no rule of that name; choose one on its page")
    return page(request, "policies/rule.html", {**_common(reading), "rule": rule}, fragment="rule")


@router.get("/{policy}/{version}/cases")
async def show_cases(policy: Name, version: Name, request: Request, console: Services, viewer: Viewer) -> Response:  # noqa: ARG001
    """Show the cases by which the author proves the version."""
    reading = await _reading(console, policy, version)
    pages = console.policy_pages

    def view() -> Mapping[str, object]:
        return {**_common(reading), "cases": pages.cases(policy, version)}

    return await page_of_lines(request, "policies/cases.html", view, fragment="cases")


@router.get("/{policy}/{version}/use")
async def show_use(policy: Name, version: Name, request: Request, console: Services, viewer: Viewer) -> Response:  # noqa: ARG001
    """Show which rules of a policy decided how many of the newest claims."""
    reading = await _reading(console, policy, version)
    view = {**_common(reading), "use": await console.policy_pages.use(policy), "newest": NEWEST}
    return page(request, "policies/use.html", view, fragment="use")


@router.get("/{policy}/{version}/document")
async def show_document(policy: Name, version: Name, request: Request, console: Services, viewer: Viewer) -> Response:  # noqa: ARG001
    """Show a version as a document to print, as `claimwright policy document` writes it."""
    reading = await _reading(console, policy, version)
    pages = console.policy_pages

    def view() -> Mapping[str, object]:
        return {"reading": each_part_once(reading), "cases": pages.cases(policy, version)}

    return await page_of_lines(request, "policies/document.html", view)


async def _reading(console: Console, policy: str, version: str) -> PolicyReading:
    found = await asyncio.to_thread(console.policy_pages.reading, policy, version)
    if found is None:
        raise Problem(404, "no-such-policy", "no policy version is called so; choose one of the list of policies")
    return found


def _common(reading: PolicyReading) -> dict[str, object]:
    version = reading.version
    return {
        "reading": reading,
        "version": version,
        "address": f"/policies/{version.policy}/{version.version}",
        "name": f"{version.policy} {version.version}",
    }
