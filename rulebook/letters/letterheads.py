"""Loads the head of each payer's letters (payers/*/letterhead.yaml) for the plans of that payer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from adjudication.letters.letterhead import Letterhead
from adjudication.model.vocabulary import PlanId
from contracts.scalars import ascii_text
from rulebook.checks import Citations
from rulebook.payers.plans import PlansFile
from rulebook.schema import Cited, Record, Text
from rulebook.yaml_files import payer_files, read_yaml

LETTERHEAD = "letterhead.yaml"
Phone = Annotated[str, ascii_text(r"^[0-9][0-9 -]{2,19}$")]
Lines = Annotated[tuple[Text, ...], Field(min_length=1, max_length=6)]


class MemberContacts(Record):
    """Where members call; `tty` serves people who are deaf or hard of hearing."""

    phone: Phone
    tty: Phone


class ProviderContacts(Record):
    """Where providers call."""

    phone: Phone


class AppealContacts(Record):
    """Where appeals are sent."""

    address: Lines
    fax: Phone


class LetterheadFile(Cited):
    """payers/*/letterhead.yaml: the head of the letters of one payer."""

    name: Text
    address: Lines
    hours: Text
    members: MemberContacts
    providers: ProviderContacts
    appeals: AppealContacts


def load_letterheads(root: Path, citations: Citations) -> dict[PlanId, Letterhead]:
    """Return the letterhead of each plan of a payer that has one."""
    found: dict[PlanId, Letterhead] = {}
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
        )
        plans = label.replace(LETTERHEAD, "plans.yaml")
        found.update({PlanId(plan.plan_id): head for plan in read_yaml(root / plans, plans, PlansFile).plans})
    return found
