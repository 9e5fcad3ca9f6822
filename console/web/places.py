"""The page a request belongs to: of a form that was sent, the page that holds it, so that one can come back to it."""

from __future__ import annotations

from fastapi import Request
from fastapi.routing import APIRoute


def page_behind(request: Request) -> str:
    """Return the path of the page that a form belongs to: the nearest address at or above it that may be opened."""
    path = request.scope["path"]
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return "/"
    pages = {each.path for each in request.app.routes if isinstance(each, APIRoute) and "GET" in each.methods}
    template = route.path
    while template.count("/") > 1 and template not in pages:
        template, path = template.rpartition("/")[0], path.rpartition("/")[0]
    return path if template in pages else "/"
