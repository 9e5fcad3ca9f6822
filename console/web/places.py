"""Finds the page that a request belongs to, such as the page of a submitted form, to return to it."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute, iter_route_contexts


def page_behind(request: Request) -> str:
    """Return the path of the page that a form belongs to: the nearest address at or above it that may be opened."""
    path = request.scope["path"]
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return "/"
    pages = _pages(request.app)
    template = route.path
    while template.count("/") > 1 and template not in pages:
        template, path = template.rpartition("/")[0], path.rpartition("/")[0]
    return path if template in pages else "/"


def _pages(app: FastAPI) -> frozenset[str]:
    """Return the addresses that may be opened, as the application describes them; they are collected once."""
    kept: frozenset[str] | None = getattr(app.state, "page_addresses", None)
    if kept is None:
        found = (each for each in iter_route_contexts(app.routes) if "GET" in (each.methods or ()))
        kept = app.state.page_addresses = frozenset(each.path for each in found if each.path is not None)
    return kept
