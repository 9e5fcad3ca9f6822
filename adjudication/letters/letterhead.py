"""The letterhead of a payer, with the contact data for members and providers. It holds no member data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The name and address of a payer, and how to reach it. Lines of an address in the order of print.

    `mail_house_addresses`: letters to members carry no address, because the mail house looks it up by the member number.
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
