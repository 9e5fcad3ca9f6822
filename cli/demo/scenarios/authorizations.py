"""Prior authorization: found, missing, used up, for another service or another member."""

from __future__ import annotations

from cli.demo import people
from cli.demo.expected import PAID, Determined, OneOf, denied, determined, pended
from cli.demo.maker import TRIAL, Maker, line
from cli.demo.scenario import Scenario

NEEDS = "72158"
MEDICARE = ("HUDSON-MA", "HUDSON-DSNP", "CASCADE-MA")


def _approved(m: Maker) -> None:
    """No clinical facts at all: the approved authorization protects the line from a later necessity denial."""
    member = m.member()
    number = m.authorization(member, NEEDS)
    m.claim(member, [line(NEEDS)], determined(PAID), authorization_number=number)


def _found(m: Maker) -> None:
    member = m.member()
    m.authorization(member, NEEDS)
    m.claim(member, [line(NEEDS)], determined(PAID))


def _missing(m: Maker) -> None:
    m.claim(m.member(), [line(NEEDS)], determined(denied("authorization.missing", "197")), facts=TRIAL)


def _last_unit(m: Maker) -> None:
    member = m.member()
    number = m.authorization(member, NEEDS)
    outcomes = (Determined((PAID,)), Determined((denied("authorization.units_exhausted", "198"),)))
    expected = OneOf(f"last-unit-{m.run}", outcomes)
    facts = {**TRIAL, "repeat.reason": {"code": "progression"}}
    m.claim(member, [line(NEEDS)], expected, authorization_number=number, facts=facts)
    later = [line(NEEDS, service_date="2025-11-24")]
    m.claim(member, later, expected, authorization_number=number, facts=facts)


def _expired(m: Maker) -> None:
    member = m.member()
    number = m.authorization(member, NEEDS, starts="2025-09-01", ends="2025-11-01")
    expected = determined(denied("authorization.expired", "302"))
    m.claim(member, [line(NEEDS)], expected, authorization_number=number, facts=TRIAL)


def _other_service(m: Maker) -> None:
    member = m.member()
    number = m.authorization(member, "72157")
    expected = pended("P-AUTH", "authorization.other_service")
    m.claim(member, [line(NEEDS)], expected, authorization_number=number, facts=TRIAL)


def _other_provider(m: Maker) -> None:
    member = m.member()
    number = m.authorization(member, NEEDS, provider=people.OTHER_CENTER)
    expected = pended("P-AUTH", "authorization.other_provider")
    m.claim(member, [line(NEEDS)], expected, authorization_number=number, facts=TRIAL)


def _denied_earlier(m: Maker) -> None:
    member = m.member()
    number = m.authorization(member, NEEDS, status="denied")
    expected = determined(denied("authorization.denied_earlier", "39"))
    m.claim(member, [line(NEEDS)], expected, authorization_number=number, facts=TRIAL)


def _in_review(m: Maker) -> None:
    member = m.member()
    number = m.authorization(member, NEEDS, status="pended")
    expected = pended("P-AUTH", "authorization.pending")
    m.claim(member, [line(NEEDS)], expected, authorization_number=number, facts=TRIAL)


def _unknown_number(m: Maker) -> None:
    expected = pended("P-AUTH", "authorization.number_unknown")
    m.claim(m.member(), [line(NEEDS)], expected, authorization_number="SYN-PA-NOT-ON-FILE", facts=TRIAL)


def _line_beats_claim(m: Maker) -> None:
    member = m.member()
    good = m.authorization(member, NEEDS)
    other = m.authorization(member, "72157")
    lines = [line(NEEDS, authorization_number=good)]
    m.claim(member, lines, determined(PAID), authorization_number=other)


SCENARIOS = (
    Scenario(
        "An approved Medicare Advantage authorization protects the line",
        "42 CFR 422.138(c)",
        _approved,
        MEDICARE,
        3,
        explained=True,
    ),
    Scenario("An authorization on file is found without its number", "C1 REF*G1", _found, MEDICARE, 1),
    Scenario(
        "A required authorization that was never requested is denied with CARC 197",
        "B3 row 22",
        _missing,
        (*MEDICARE, "BUCKEYE-MCD"),
        1,
    ),
    Scenario("Two claims for the last unit: exactly one gets it", "B3 row 23", _last_unit, MEDICARE, 1),
    Scenario("An authorization of other dates is denied 302", "B3 row 23", _expired, ("HUDSON-MA",)),
    Scenario("An authorization for another service waits for UM intake", "B3 row 24", _other_service, ("HUDSON-MA",)),
    Scenario("An authorization for another provider waits for UM intake", "B3 row 24", _other_provider, ("HUDSON-MA",)),
    Scenario("A denied authorization is denied with CARC 39", "B3 row 25", _denied_earlier, ("HUDSON-MA",)),
    Scenario("An authorization still in review waits", "unknown is never no", _in_review, ("HUDSON-MA",)),
    Scenario(
        "A number that is not on file waits: the feed may be behind",
        "unknown is never no",
        _unknown_number,
        ("CASCADE-MA",),
    ),
    Scenario(
        "The line's authorization beats the claim's", "C1: line beats claim", _line_beats_claim, ("CASCADE-MA",), 2
    ),
)
