"""The messages of the sign-in page: why a person must sign in, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from console.sign_in.ports import Timeouts


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """One text: what happened, and what to do. `status` is the HTTP status when the text answers an attempt."""

    title: str
    detail: str
    kind: str = "bad"
    status: int = 403


_AGAIN: Final = "Sign in again from here."
SAID: Final[Mapping[str, SignInMessage]] = {
    "signed-out": SignInMessage("You are signed out", "Your session here has ended.", "info", 200),
    "state": SignInMessage(
        "This sign-in cannot be finished",
        f"It was begun in another browser, took longer than ten minutes, or was finished already. {_AGAIN}",
        status=400,
    ),
    "issuer": SignInMessage(
        "The answer came from another address",
        f"It names another identity provider than this console's. {_AGAIN}",
        status=400,
    ),
    "declined": SignInMessage("Signing in was cancelled", "You or the identity provider declined the sign-in."),
    "provider-refused": SignInMessage(
        "The identity provider refused",
        f"It did not accept the sign-in that this console began. {_AGAIN} If it happens again, contact operations: "
        "the client id, its secret or the return address may be set up differently there.",
    ),
    "provider-away": SignInMessage(
        "The identity provider does not answer",
        "Wait a moment and try again. If it continues, contact operations. No one can sign in until it answers.",
        "warn",
        503,
    ),
    "id-token": SignInMessage(
        "The identity provider's answer is not trusted",
        f"Its signature, issuer, audience, nonce or date does not hold. {_AGAIN} If it happens again, contact operations.",
    ),
    "no-person-claim": SignInMessage(
        "The identity provider does not say who you are",
        "Its answer lacks the claim that holds your staff id. Contact operations and name the provider you used.",
    ),
    "no-roles-claim": SignInMessage(
        "The identity provider says nothing of your roles",
        "Without its roles claim you cannot act here. Ask its administrator to add your roles, or operations to look at "
        "the name of the claim in this console's settings.",
    ),
    "no-common-role": SignInMessage(
        "You have no role here",
        "The identity provider and the staff list name no role in common. Ask your supervisor which of them is right.",
    ),
    "unknown-person": SignInMessage(
        "You are not on the list of active staff",
        "The identity provider knows you, this console's staff list does not. Ask your supervisor to add you.",
    ),
}


def said(code: str, timeouts: Timeouts) -> SignInMessage | None:
    """Return the text of a code; None for an unknown code."""
    if code == "expired":
        minutes, hours = timeouts.idle.total_seconds() / 60, timeouts.absolute.total_seconds() / 3600
        detail = f"A session ends after {minutes:g} minutes without use and after {hours:g} hours at the latest."
        return SignInMessage("Your session has ended", detail, "info", 200)
    return SAID.get(code)
