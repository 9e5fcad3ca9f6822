"""Help for the person who is signed in: the tour of the first day by role, words, keys, and whom to ask."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response

from adjudication.people import Role
from console.access.roles import AUDITING
from console.sign_in.session import Viewer
from console.web.navigation import Link, links
from console.web.page import page

router = APIRouter(prefix="/help", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a tour: what to do, where, and why."""

    title: str
    address: str
    words: str


_LOOK: Final = Step(
    "Look at the claims that wait for you",
    "/worklist",
    "Each row is a claim, the one due first on top. Members stay masked until you open a case; that you opened it is recorded.",
)
_TAKE: Final = Step(
    "Take one",
    "/worklist",
    "Open a row and press Take. The claim is yours for half an hour, and again with each action. Give it back if it is not yours to decide.",
)
_CLINICAL: Final = Step(
    "Read the deciding criterion, then the document",
    "/worklist",
    "The case shows what the policy asks, what is on record, and the source of both. A fact that is wrong is corrected with a reason.",
)
_SIGN: Final = Step(
    "Preview before you sign",
    "/worklist",
    "A denial on clinical grounds is yours alone: write the reasons about this member and read the letter in the preview first.",
)
_NURSE: Final = Step(
    "Pass, request documents or recommend",
    "/worklist",
    "You may pass what meets the policy. You recommend a denial; a physician decides it.",
)
_LETTERS: Final = Step(
    "Mail the letters",
    "/mail",
    "A denial meets its deadline when its letters are mailed. Issue what is due, and look at what failed or came back.",
)
_APPEALS: Final = Step(
    "Look at the appeals",
    "/appeals",
    "People who took part in the denial may not decide the appeal. The page says which level it is at and by when it must be decided.",
)
_FLOW: Final = Step(
    "Look at the flow",
    "/dashboard",
    "What came in, what was decided, what waits and which deadline is near. Each number leads to its list.",
)
_REFUSED: Final = Step(
    "Look at refused events",
    "/dead-letters",
    "Each says why it was refused and what to do. Replay it once the cause is gone, or close it with a reason.",
)
_TRAIL: Final = Step(
    "Find who did what",
    "/audit",
    "Search the audit trail by person, claim, action or day, and download what you find. The download is recorded.",
)
_CALL: Final = Step(
    "Answer a call",
    "/callers",
    "Ask for the member id, or the birth date and name. Say why you look. The page shows what this caller may hear.",
)

_TOURS: Final[tuple[tuple[frozenset[Role], tuple[Step, ...]], ...]] = (
    (frozenset({Role.NURSE}), (_LOOK, _TAKE, _CLINICAL, _NURSE)),
    (frozenset({Role.PHYSICIAN, Role.CLINICAL_PEER, Role.MEDICAL_DIRECTOR}), (_LOOK, _TAKE, _CLINICAL, _SIGN)),
    (frozenset({Role.APPEALS_PHYSICIAN}), (_APPEALS, _CLINICAL, _SIGN)),
    (frozenset({Role.APPEALS_SPECIALIST}), (_APPEALS, _LETTERS)),
    (frozenset({Role.OPERATIONS, Role.SUPERVISOR}), (_FLOW, _REFUSED, _LETTERS, _TRAIL)),
    (frozenset({Role.QUALITY}), (_LOOK, _TAKE, _FLOW, _TRAIL)),
    (frozenset({Role.MEMBER_SERVICES, Role.PROVIDER_SERVICES}), (_CALL,)),
    (frozenset({Role.EXAMINER, Role.INTAKE_CLERK}), (_LOOK, _TAKE, _LETTERS)),
)
WORDS: Final = (
    ("pend", "A claim waits for a person or an event. The code says for which."),
    ("criterion", "One question of a policy. It is met, not met, or open because nothing on record answers it."),
    ("open", "Not known. What is open never denies a claim."),
    ("deadline", "A legal time limit. It is due on the legal day of the plan, wherever you are."),
    ("stopped", "The deadline is stopped while documents are requested, as its law allows."),
    ("letter", "The notice to a member or a provider. It is a draft until a person issues it."),
    ("dead letter", "An event from another system that was refused, with the reason."),
    ("reopening", "A decided claim that new facts may prove wrong."),
)
"""The words of the screens that a new colleague asks for first."""


@dataclass(frozen=True, slots=True)
class HelpPage:
    """The page of help."""

    roles: tuple[str, ...]
    steps: tuple[Step, ...]
    places: tuple[Link, ...]
    words: tuple[tuple[str, str], ...] = WORDS


def tour(roles: AbstractSet[Role]) -> tuple[Step, ...]:
    """Return the steps of the first day for these roles, each once, and only to places open to them."""
    steps = [step for mine, found in _TOURS if mine & roles for step in found] or [_LOOK, _TAKE]
    open_places = {link.address for link in links(roles, "/help")} | ({"/audit"} if roles & AUDITING else set())
    return tuple(step for step in dict.fromkeys(steps) if step.address in open_places)


@router.get("")
async def help_page(request: Request, viewer: Viewer) -> Response:
    """Show the help."""
    roles = tuple(sorted(role.value for role in viewer.roles))
    return page(request, "help/page.html", HelpPage(roles, tour(viewer.roles), links(viewer.roles, "/help")))
