"""Composes signing in from the settings: the trusted identity provider and the session timeouts."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncEngine

from console.sign_in.id_tokens import Claims
from console.sign_in.ports import SignIn, Timeouts
from contracts.time_source import TimeSource
from runtime.console.identity_provider import OpenIdProvider, Registration
from runtime.console.token_keys import is_loopback
from runtime.errors import StackError
from runtime.processes.process_addresses import LOCAL_PROVIDER, address_file
from runtime.settings import Settings
from storage.people.break_glass import BreakGlassUses
from storage.people.sessions import Sessions
from storage.people.sign_ins import PendingSignIns

LOCAL_CLIENT: Final = "claimwright-console"


def sign_in_over(settings: Settings, engine: AsyncEngine, address: str, clock: TimeSource) -> SignIn:
    """Compose it for a console that listens at an address; raises StackError if sign-ins would not be secure."""
    refuse_unsafe(settings)
    provider = _local(settings, clock) if settings.oidc_issuer is None else _of_settings(settings, clock)
    return SignIn(
        sessions=Sessions(engine),
        pending=PendingSignIns(engine),
        provider=provider,
        break_glass=BreakGlassUses(engine),
        public_url=(settings.public_url or address).rstrip("/"),
        timeouts=Timeouts(
            timedelta(minutes=settings.session_idle_minutes), timedelta(minutes=settings.session_minutes)
        ),
    )


def refuse_unsafe(settings: Settings) -> None:
    """Raise StackError if sign-ins at the configured identity provider would not be secure."""
    issuer = settings.oidc_issuer
    if issuer is None or (issuer.startswith("http://") and is_loopback(urlsplit(issuer).hostname or "")):
        refuse_outside_loopback(settings)
    elif not issuer.startswith("https://"):
        raise StackError("CLAIMWRIGHT_OIDC_ISSUER is not an https address; another server could decide who signs in")
    elif settings.public_url is None or not settings.public_url.startswith("https://"):
        raise StackError(
            "CLAIMWRIGHT_PUBLIC_URL is needed with an identity provider, and must be https: it is where people are sent "
            "back to, and session cookies travel by https only"
        )


def refuse_outside_loopback(settings: Settings) -> None:
    """Raise StackError if the console is reachable from other hosts, because the local provider would admit any user there."""
    host = urlsplit(settings.public_url).hostname or "" if settings.public_url else settings.api_host
    if not is_loopback(settings.api_host) or not is_loopback(host):
        raise StackError(
            "the console would be open to other machines with the local identity provider, where a person can be "
            "any other. Set CLAIMWRIGHT_OIDC_ISSUER to your identity provider, or listen on 127.0.0.1."
        )


def _local(settings: Settings, clock: TimeSource) -> OpenIdProvider:
    file = address_file(settings.state_dir, LOCAL_PROVIDER)
    registration = Registration(LOCAL_CLIENT, None, "openid")
    return OpenIdProvider(lambda: file.read_text().strip(), registration, Claims(), clock)


def _of_settings(settings: Settings, clock: TimeSource) -> OpenIdProvider:
    issuer = settings.oidc_issuer or ""
    registration = Registration(settings.oidc_client_id, settings.secret("oidc_client_secret"), settings.oidc_scopes)
    claims = Claims(settings.oidc_subject_claim, settings.oidc_roles_claim, settings.oidc_roles_required)
    return OpenIdProvider(lambda: issuer, registration, claims, clock)
