"""Loads the head of each payer's letters (payers/*/letterhead.yaml), and the offers of help in other languages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from adjudication.letters.letterhead import Letterhead
from adjudication.model.vocabulary import PlanId
from contracts.scalars import ascii_text
from rulebook.checks import Citations
from rulebook.errors import PolicyDataError, place
from rulebook.payers.plans import PlansFile
from rulebook.schema import Cited, Record, Text
from rulebook.yaml_files import payer_files, read_yaml

LETTERHEAD = "letterhead.yaml"
TAGLINES = "letters/taglines.yaml"
_SLOTS = ("{phone}", "{tty}")
Phone = Annotated[str, ascii_text(r"^[0-9][0-9 -]{2,19}$")]
Lines = Annotated[tuple[Text, ...], Field(min_length=1, max_length=6)]


class MemberContacts(Record):
    """The contact data for members; `tty` serves people who are deaf or hard of hearing.

    `addressed_by`: who puts the address on a member's letter, the plan from enrollment or the mail house by the member number.
    """

    phone: Phone
    tty: Phone
    addressed_by: Literal["plan", "mail-house"] = "plan"


class ProviderContacts(Record):
    """The telephone numbers for providers."""

    phone: Phone


class AppealContacts(Record):
    """The addresses for appeals."""

    address: Lines
    fax: Phone


class LetterheadFile(Cited):
    """payers/*/letterhead.yaml: the head of the letters of one payer.

    `for_strangers`: the plan under which this payer answers the provider of a person whom no enrollment names; one payer only.
    """

    name: Text
    address: Lines
    hours: Text
    members: MemberContacts
    providers: ProviderContacts
    appeals: AppealContacts
    for_strangers: Text | None = None


class TaglineEntry(Record):
    """The offer of free help in one language, by its ISO 639 code; {phone} and {tty} are the payer's."""

    language: Annotated[str, ascii_text(r"^[a-z]{2,3}$")]
    text: Text


class TaglinesFile(Cited):
    """letters/taglines.yaml: offers of help in the fifteen languages that a notice must have."""

    taglines: Annotated[tuple[TaglineEntry, ...], Field(min_length=15)]


def load_taglines(root: Path, citations: Citations) -> dict[str, str]:
    """Return the offer of help by language, in the order of print."""
    file = read_yaml(root / TAGLINES, TAGLINES, TaglinesFile)
    citations.of(TAGLINES, file)
    found = {entry.language: entry.text for entry in file.taglines}
    for language, text in found.items():
        if text.count("{") != len(_SLOTS) or not all(slot in text for slot in _SLOTS):
            where = place(TAGLINES, key=f"taglines {language}")
            raise PolicyDataError(where, "must name {phone} and {tty} once each", "write both where the numbers go")
    if len(found) != len(file.taglines):
        raise PolicyDataError(place(TAGLINES), "a language is listed twice", "keep one of the two entries")
    return found


def load_letterheads(root: Path, citations: Citations) -> tuple[dict[PlanId, Letterhead], PlanId | None]:
    """Return the letterhead of each plan of a payer that has one, and the plan that answers for persons without enrollment."""
    found: dict[PlanId, Letterhead] = {}
    strangers: PlanId | None = None
    for label in payer_files(root, "letterhead"):
        file = read_yaml(root / label, label, LetterheadFile)
        citations.of(label, file)
        head = Letterhead(
            name=file.name,
            address=file.address,
            hours=file.hours,
            member_phone=file.members.phone,
            member_tty=file.members.tty,
            provider_phone=file.providers.phone,
            appeals_address=file.appeals.address,
            appeals_fax=file.appeals.fax,
            mail_house_addresses=file.members.addressed_by == "mail-house",
        )
        plans = label.replace(LETTERHEAD, "plans.yaml")
        mine = {PlanId(plan.plan_id): head for plan in read_yaml(root / plans, plans, PlansFile).plans}
        found.update(mine)
        if file.for_strangers is not None:
            if strangers is not None or file.for_strangers not in mine:
                remedy = "name a plan of this payer, in the file of one payer only"
                raise PolicyDataError(place(label, key="for_strangers"), "cannot answer for strangers", remedy)
            strangers = PlanId(file.for_strangers)
    return found, strangers
