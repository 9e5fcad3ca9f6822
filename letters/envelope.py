"""The head of a letter: payer, addressee, claim, and contacts.

Names come from the claim, contacts from the data of the payer, and addresses from the feeds of coverage and the roster. A
line in brackets states that the feed has no address. If the mail house adds the address, this line is absent (docs/decisions/0088).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from adjudication.letters.dates import in_words
from adjudication.letters.letter import Audience, ElementName, LetterKind
from adjudication.letters.letterhead import Letterhead, OutsideReviewer
from adjudication.model.claim import Claim, Member
from letters.written import LetterPart

OTHER_LANGUAGES: Final = "Help in other languages"
OUTSIDE: Final = "Reviews outside our plan"
_ASKED: Final = {
    ElementName.EXTERNAL_REVIEW: "Ask for an external review here",
    ElementName.FAIR_HEARING: "Ask for a fair hearing here",
    ElementName.INDEPENDENT_REVIEW: "The independent review entity is",
}


@dataclass(frozen=True, slots=True)
class Envelope:
    """The input of the head of each letter about a claim. `claim_number`: the payer's own number of the claim.

    `taglines`: the offer of free help by language. `addresses`: the printed lines of the address of record by reader.
    """

    head: Letterhead
    claim: Claim
    claim_number: str
    notice_date: date
    taglines: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[Audience, tuple[str, ...]] = field(default_factory=dict)

    def closing(
        self, audience: Audience, kind: LetterKind, rights: Collection[ElementName] = ()
    ) -> tuple[LetterPart, ...]:
        """Return the parts after the letter: who reviews outside the plan, how the reader reaches us, and the member's offer of help.

        `rights`: the elements of the letter; a body is named where the letter explains the right that it serves.
        """
        head = self.head
        outside = [each for each in head.outside if each.right in rights and self.notice_date in each.dates]
        lines = tuple(line for each in outside for line in _reached(each))
        contacts = (*((LetterPart(OUTSIDE, lines),) if lines else ()), self._contacts(audience, kind))
        if audience is Audience.PROVIDER or not self.taglines:
            return contacts
        offers = (text.format(phone=head.member_phone, tty=head.member_tty) for text in self.taglines.values())
        return *contacts, LetterPart(OTHER_LANGUAGES, tuple(offers))

    def opening(self, audience: Audience) -> tuple[str, ...]:
        """Return the lines before the letter: the payer, the date, the addressee and the claim."""
        head = self.head
        return (
            head.name,
            *head.address,
            "",
            in_words(self.notice_date),
            "",
            *self._addressee(audience),
            "",
            f"Claim number: {self.claim_number}",
            *((f"Your claim number: {self.claim.control_number}",) if audience is Audience.PROVIDER else ()),
            f"Patient: {_name(self.claim.member)}",
            f"Member number: {self.claim.member.member_id}",
            f"Date of service: {_days(line.service_date for line in self.claim.lines)}",
            f"Provider: {self._provider()}",
        )

    def _contacts(self, audience: Audience, kind: LetterKind) -> LetterPart:
        """Return how the reader reaches us, and where an appeal or the records go."""
        head = self.head
        appeals = f"Send an appeal to: {', '.join((head.name, *head.appeals_address))}. Fax: {head.appeals_fax}."
        if kind is LetterKind.DOCUMENT_REQUEST:
            appeals = f"Send the records to: {', '.join((head.name, *head.address))}."
        if audience is Audience.PROVIDER:
            texts = (f"Call {head.provider_phone}, {head.hours}. Have the claim number ready.", appeals)
        else:
            call = f"Call {head.member_phone}. If you use a TTY, call {head.member_tty}."
            hours = f"Our hours: {head.hours}. The call is free. Have your member number ready."
            write = f"Write to: {', '.join((head.name, *head.address))}."
            texts = (call, hours, *((write,) if kind is not LetterKind.DOCUMENT_REQUEST else ()), appeals)
        return LetterPart("How to reach us", texts)

    def _addressee(self, audience: Audience) -> tuple[str, ...]:
        if audience is Audience.PROVIDER:
            return (self._provider(), *self.addresses.get(audience, ("[No address on the roster]",)))
        if self.head.mail_house_addresses:
            return (_name(self.claim.member),)
        return (_name(self.claim.member), *self.addresses.get(audience, ("[No address from enrollment]",)))

    def _provider(self) -> str:
        billing = self.claim.billing
        return f"{billing.name} (NPI {billing.npi})" if billing.name else f"NPI {billing.npi}"


def _reached(body: OutsideReviewer) -> Iterator[str]:
    yield f"{_ASKED[body.right]}: {', '.join((body.name, *body.address))}."
    for label, value in (("Phone", body.phone), ("Fax", body.fax), ("Website", body.website)):
        if value:
            yield f"{label}: {value}"


def _name(member: Member) -> str:
    return " ".join(part for part in (member.given_name, member.family_name, member.suffix) if part)


def _days(days: Iterable[date]) -> str:
    known = sorted(set(days))
    if len(known) == 1:
        return in_words(known[0])
    return f"{in_words(known[0])} to {in_words(known[-1])}"
