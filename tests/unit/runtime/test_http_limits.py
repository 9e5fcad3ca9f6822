"""Which requests wait for which: shares of clients, of signed-in people, and of clients behind a trusted proxy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from runtime.console.http_limits import HttpLimits, addresses, client_of, networks, within_descriptors
from runtime.console.request_limits import RequestLimits
from runtime.errors import StackError

LIMITS = HttpLimits(requests=8, strangers=6, client_requests=3, client_waiting=2, queue_seconds=0.2)
COOKIE = (b"cookie", b"theme=dark; claimwright-session=real")


class Slow:
    """An application that answers when the test lets it; it knows one session."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        self.most = 0
        self.go = asyncio.Event()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.inside.append(scope["path"])
        self.most = max(self.most, len(self.inside))
        await self.go.wait()
        self.inside.remove(scope["path"])
        scope["state"]["signed_in"] = COOKIE in scope["headers"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})


async def ask(
    app: ASGIApp,
    client: str,
    path: str = "/",
    headers: Sequence[tuple[bytes, bytes]] = (),
    body: Sequence[bytes] = (b"",),
    method: str = "GET",
) -> int:
    left, status = list(body), 0

    async def receive() -> Message:
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)

    scope: dict[str, Any] = {
        "type": "http", "method": method, "path": path, "headers": list(headers), "client": (client, 5), "scheme": "http"
    }  # fmt: skip
    await app(scope, receive, send)
    return status


def asked(app: ASGIApp, number: int, client: str, **how: Any) -> list[asyncio.Task[int]]:
    return [asyncio.create_task(ask(app, client, **how)) for _ in range(number)]


async def test_one_client_takes_its_share_and_the_rest_waits_or_is_refused() -> None:
    slow = Slow()
    app = RequestLimits(slow, LIMITS)
    one = asked(app, 10, "192.0.2.1")
    other = asked(app, 1, "192.0.2.2", path="/other")
    await asyncio.sleep(0.05)
    assert sorted(slow.inside) == ["/", "/", "/", "/other"]
    slow.go.set()
    statuses = sorted(await asyncio.gather(*one))
    assert statuses == [200] * 5 + [429] * 5  # three inside, two waiting
    assert await asyncio.gather(*other) == [200]


async def test_who_waits_too_long_is_refused_and_frees_the_queue() -> None:
    slow = Slow()
    app = RequestLimits(slow, LIMITS)
    held = asked(app, 3, "192.0.2.1")
    await asyncio.sleep(0)
    assert await ask(app, "192.0.2.1") == 429
    slow.go.set()
    assert await asyncio.gather(*held) == [200] * 3
    assert await ask(app, "192.0.2.1") == 200


async def test_strangers_of_many_addresses_leave_places_to_people_known_to_be_signed_in() -> None:
    slow = Slow()
    app = RequestLimits(slow, LIMITS)
    slow.go.set()
    assert await ask(app, "192.0.2.1", headers=[COOKIE]) == 200
    slow.go.clear()
    crowd = [
        task
        for n in range(20)
        for task in asked(app, 3, f"192.0.2.{n}", headers=[(b"cookie", b"claimwright-session=made-up")])
    ]
    await asyncio.sleep(0.05)
    assert len(slow.inside) == LIMITS.strangers
    [person] = asked(app, 1, "192.0.2.1", headers=[COOKIE], path="/person")
    await asyncio.sleep(0.05)
    assert "/person" in slow.inside
    slow.go.set()
    assert await person == 200
    await asyncio.gather(*crowd)
    assert slow.most <= LIMITS.requests


async def test_a_body_on_its_way_holds_no_place_and_arrives_whole() -> None:
    came: list[bytes] = []

    async def reads(_scope: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            message = await receive()
            came.append(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})

    limited = RequestLimits(reads, HttpLimits(requests=1, strangers=1, client_requests=1, queue_seconds=0.1))
    never = asyncio.Event()

    async def slow_receive() -> Message:
        await never.wait()
        return {"type": "http.disconnect"}

    scope: dict[str, Any] = {"type": "http", "path": "/", "headers": [], "client": ("192.0.2.1", 5), "method": "POST"}
    stuck = asyncio.create_task(limited(scope, slow_receive, _ignore))
    await asyncio.sleep(0)
    assert await ask(limited, "192.0.2.1", method="POST", body=(b"a", b"b", b"c")) == 200
    assert b"".join(came) == b"abc"
    stuck.cancel()


async def _ignore(_message: Message) -> None:
    return


@pytest.mark.parametrize(("proxies", "shares"), [("10.0.0.0/8", 2), ("", 1)])
async def test_a_proxy_names_the_client_only_where_it_is_trusted(proxies: str, shares: int) -> None:
    slow = Slow()
    app: Any = RequestLimits(slow, LIMITS)
    if proxies:
        app = ProxyHeadersMiddleware(app, trusted_hosts=addresses(networks(proxies)))
    tasks = [
        task
        for name in (b"198.51.100.1", b"198.51.100.2")
        for task in asked(app, 3, "10.1.1.1", headers=[(b"x-forwarded-for", b"203.0.113.9, " + name)])
    ]
    await asyncio.sleep(0.05)
    assert len(slow.inside) == shares * LIMITS.client_requests
    slow.go.set()
    await asyncio.gather(*tasks)


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_one_client_is_an_address_or_the_network_that_one_customer_gets(host: str, client: str) -> None:
    assert client_of(host) == client


def test_a_wrong_proxy_is_refused_by_the_name_of_its_setting() -> None:
    assert [str(each) for each in networks(" 10.0.0.7, 10.1.0.0/16,")] == ["10.0.0.7/32", "10.1.0.0/16"]
    with pytest.raises(StackError, match=r"CLAIMWRIGHT_TRUSTED_PROXIES holds 'proxy\.example'"):
        networks("10.0.0.7, proxy.example")


def test_connections_stay_below_the_limit_of_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (256, 512))
    monkeypatch.setattr("resource.setrlimit", lambda _what, _value: None)
    assert within_descriptors(HttpLimits(connections=1000)).connections == 312
