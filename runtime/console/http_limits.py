"""Limits per HTTP client: connections, requests in flight, and times to send and receive."""

from __future__ import annotations

import ipaddress
import resource
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from runtime.errors import StackError
from runtime.settings import Settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_OTHER_DESCRIPTORS: Final = 200
"""Open files that the process needs besides the connections of its clients."""


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Times in seconds, and counts. `strangers`: the most unauthenticated ones among the `requests`."""

    header_seconds: float = 10.0
    body_seconds: float = 30.0
    idle_seconds: int = 15
    write_seconds: float = 30.0
    queue_seconds: float = 5.0
    connections: int = 1000
    client_connections: int = 100
    requests: int = 64
    strangers: int = 32
    client_requests: int = 16
    client_waiting: int = 32
    proxies: tuple[Network, ...] = ()

    def trusts(self, host: str) -> bool:
        """Return whether an address is that of a trusted proxy."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return any(each in network for each in (address, mapped) if each for network in self.proxies)


def http_limits(settings: Settings) -> HttpLimits:
    """Return the limits that the settings state."""
    return HttpLimits(
        client_connections=settings.client_connections,
        client_requests=settings.client_requests,
        proxies=networks(settings.trusted_proxies),
    )


def client_of(host: str) -> str:
    """Return the identity of a client: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((address, 64), strict=False))


def networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks with commas between; raises StackError for one that is neither."""
    found: list[Network] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        try:
            found.append(ipaddress.ip_network(part))
        except ValueError:
            raise StackError(
                f"CLAIMWRIGHT_TRUSTED_PROXIES holds {part!r}, which is not an address or network; write for example 10.0.0.7, 10.1.0.0/16"
            ) from None
    return tuple(found)


def within_descriptors(limits: HttpLimits) -> HttpLimits:
    """Raise this process's limit of open files as far as allowed, and reduce the limit of connections to fit."""
    wanted = limits.connections + _OTHER_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return limits
    return replace(limits, connections=max(10, min(limits.connections, soft - _OTHER_DESCRIPTORS)))


def addresses(proxies: Sequence[Network]) -> list[str]:
    """Return networks as text, as uvicorn's proxy headers expect them."""
    return [str(network) for network in proxies]
