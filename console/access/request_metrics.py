"""Counts requests by declared route; addresses, which may hold anything, never become labels."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Histogram

REQUESTS: Final = Counter(
    "claimwright_http_requests_total", "Requests of the console and its API", ["method", "route", "status"]
)
SECONDS: Final = Histogram(
    "claimwright_http_request_seconds",
    "From a request to the start of its answer",
    ["kind"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def known_method(method: str) -> str:
    """Return a method as labels and spans name it: one that HTTP does not name is "other"."""
    return method if method in _METHODS else "other"


def observe(method: str, route: str, status: int, seconds: float, *, api: bool) -> None:
    """Count one answer by its known method and its status by hundreds."""
    REQUESTS.labels(method, route, f"{status // 100}xx").inc()
    SECONDS.labels("api" if api else "page").observe(seconds)
