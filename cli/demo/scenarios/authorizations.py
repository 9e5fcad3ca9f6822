"""Prior authorization: found, missing, used up, for another service or another member."""

from __future__ import annotations

from cli.demo import people
from cli.demo.expected import PAID, Determined, OneOf, denied, determined, pended
from cli.demo.maker import RED_FLAG, TRIAL, Maker, line
from cli.demo.scenario import Scenario

NEEDS = "72158"
MEDICARE = ("HUDSON-MA", "HUDSON-DSNP", "CASCADE-MA")


def _needs(m: Maker) -> str:
    """A study that needs an authorization and that the guideline decides, as Maker.study."""
    return "72156" if m.plan == "CASCADE-MA" else NEEDS


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
    m.claim(m.member(), [line(_needs(m))], determined(denied("authorization.missing", "197")), facts=TRIAL)


def _last_unit(m: Maker) -> None:
    member = m.member()
    number = m.authorization(member, _needs(m))
    outcomes = (Determined((PAID,)), Determined((denied("authorization.units_exhausted", "198"),)))
    expected = OneOf(f"last-unit-{m.run}", outcomes)
    facts = {**TRIAL, "repeat.reason": {"code": "progression"}}
    m.claim(member, [line(_needs(m))], expected, authorization_number=number, facts=facts)
    later = [line(_needs(m), service_date="2025-11-24")]
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


def _one_study(m: Maker) -> None:
    """The center bills the technical part, the radiologist the reading; the authorization names the center, for one unit."""
    member = m.member()
    number = m.authorization(member, NEEDS, provider=people.CENTER)
    m.claim(member, [line(NEEDS, "TC")], ONE_PART, authorization_number=number)
    m.claim(member, [line(NEEDS, "26")], ONE_PART, authorization_number=number, billing=people.RADIOLOGIST)


def _hours(m: Maker) -> None:
    member = m.member()
    number = m.authorization(member, NEEDS, unit_kind="other", units="4")
    expected = pended("P-AUTH", "authorization.units_uncountable")
    m.claim(member, [line(NEEDS)], expected, authorization_number=number, facts=TRIAL)


def _emergency(m: Maker) -> None:
    """No provider asks before an emergency. The clinical criteria still decide; the radiologist bills the reading."""
    reading = [line(_needs(m), "26")]
    m.claim(m.member(), reading, determined(PAID), facts=TRIAL, place_of_service="23", billing=people.RADIOLOGIST)


def _inpatient(m: Maker) -> None:
    expected = pended("P-AUTH", "authorization.circumstance")
    m.claim(m.member(), [line(NEEDS, "26")], expected, facts=RED_FLAG, place_of_service="21")


def _enrolled_later(m: Maker) -> None:
    member = m.member(determined_on="2025-11-15")
    m.claim(member, [line(NEEDS)], pended("P-AUTH", "authorization.circumstance"), facts=TRIAL)


def _urgent(m: Maker) -> None:
    m.claim(m.member(), [line(_needs(m))], determined(PAID), facts=TRIAL, authorization_exception="1")


ONE_PART = determined(PAID)

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
    Scenario(
        "An emergency room needs no authorization, whatever the plan asks for",
        "42 CFR 422.113(b)(2), 438.114",
        _emergency,
        (*MEDICARE, "BUCKEYE-MCD"),
        1,
    ),
    Scenario("A hospital stay without authorization goes to a person", "42 CFR 422.113(c)", _inpatient, ("HUDSON-MA",)),
    Scenario(
        "A member enrolled after the service could not ask before it: a person decides",
        "retroactive eligibility",
        _enrolled_later,
        ("HUDSON-MA", "BUCKEYE-MCD"),
    ),
    Scenario("A plan may ask for none in urgent care", "837 REF 4N code 1", _urgent, ("CASCADE-MA",)),
    Scenario(
        "One authorized study: the facility's part and the reading take one unit together",
        "CMS Claims Processing Manual ch. 13 s. 20",
        _one_study,
        MEDICARE,
    ),
    Scenario("Units that a claim does not count wait for UM intake", "278 HSD", _hours, ("HUDSON-MA",)),
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
