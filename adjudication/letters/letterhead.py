"""The letterhead of a payer, with the contact data for members and providers, and the bodies outside that review. It holds no member data."""

from __future__ import annotations

from dataclasses import dataclass

from adjudication.letters.letter import ElementName
from adjudication.model.findings import Citation
from adjudication.model.vocabulary import DateRange


@dataclass(frozen=True, slots=True)
class OutsideReviewer:
    """A body outside the plan that a reader may ask for a review, or that gets the case; `right`: the element that explains it."""

    right: ElementName
    name: str
    address: tuple[str, ...]
    phone: str
    fax: str
    website: str
    dates: DateRange
    citation: Citation


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The name and address of a payer, and how to reach it. Lines of an address in the order of print.

    `mail_house_addresses`: letters to members carry no address, because the mail house looks it up by the member number.
    `outside`: the bodies that review the plan's decisions, by right and date.
    """

    name: str
    address: tuple[str, ...]
    hours: str
    member_phone: str
    member_tty: str
    provider_phone: str
    appeals_address: tuple[str, ...]
    appeals_fax: str
    mail_house_addresses: bool = False
    outside: tuple[OutsideReviewer, ...] = ()
