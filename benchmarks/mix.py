"""A mix of claims closer to a real day than equal claims: charts that differ, several providers, and claims that pend.

Every chart of a straight-through claim supports its study, with other days, numbers, reasons and side findings than the next
one, so that no cache answers one claim from an earlier one. A share of the claims pends for a physician. The rest of a real day
is measured separately: large claims (benchmarks/large_claims.py), open reviews (benchmarks/open_reviews.py).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from benchmarks.load import CODES, NPI, event, line_of, member_fields, member_id, of_the_whole_spine
from cli.demo.clinical import Facts, failed_trial, on_the_wire, usual_diagnoses, usual_diagnosis
from runtime.clients.submit import member_reference

PENDING_CODE: Final = "0609T"
"""Experimental under the plan of the benchmark: every such line pends for a physician."""

NPIS: Final = (NPI, "1999999901", "1999999919", "1999999927", "1999999935")
"""Billing providers: synthetic numbers with right check digits."""
_SIDE_FINDINGS: Final = ("redflag.none_found", "dx.as_or_dish")
"""Facts of the chart that no criterion needs here: half of the charts leave each out."""


def mixed_claims(
    count: int, seed: int, members: int, first: int = 0, pending: float = 0.2, month: str = "2025-09"
) -> Iterator[tuple[str, bytes, bool]]:
    """Yield (key, event, whether it pends): claims spread over members (from the `first`) and days of a month."""
    chance = random.Random(seed)
    for number in range(count):
        member = member_id(first + number % members)
        day = date.fromisoformat(f"{month}-{1 + number // members % 28:02d}")
        pends = chance.random() < pending
        codes = [PENDING_CODE] if pends else chance.sample(CODES[:3], 1 + (chance.random() < 0.4))
        facts = [] if pends else chart(chance, day)
        diagnoses, places = usual_diagnoses(codes)
        lumbar = "M51.360" if pends else chance.choice(("M51.16", "M54.16", "M51.17"))
        data = {
            "submitter": "SYN-BENCH",
            "first_filed_on": "2025-11-20",
            "claim_control_number": f"M{seed}-{number}",
            "form": "professional",
            "place_of_service": "11",
            "member": member_fields(member),
            "billing": {"npi": chance.choice(NPIS), "taxonomy": "261QM1200X"},
            "diagnoses": [lumbar if each == usual_diagnosis("72148") else each for each in diagnoses],
            "supporting_information": facts if len(codes) == 1 else of_the_whole_spine(facts),
            "lines": [line_of(i, code, day.isoformat(), chance, places[i]) for i, code in enumerate(codes)],
        }
        yield member_reference(member), event("claim.submitted", f"mix-{seed}-{number}", data), pends


def chart(chance: random.Random, service: date) -> list[dict[str, Any]]:
    """Return the facts of one chart that supports a study: seven to sixteen weeks of treatment that failed."""
    record: Facts = {
        **failed_trial(service - timedelta(days=chance.randrange(10))),
        "tx.weeks": Decimal(chance.randrange(7, 17)),
        "repeat.reason": chance.choice(("progression", "recurrence", "new-or-worse-neurology")),
    }
    kept = {name: value for name, value in record.items() if name not in _SIDE_FINDINGS or chance.random() < 0.5}
    recorded = (service - timedelta(days=chance.randrange(1, 6))).isoformat()
    source = chance.choice(("visit note", "progress note", "discharge summary"))
    facts = [
        {"fact": name, **value, "source": source, "recorded_on": recorded} for name, value in on_the_wire(kept).items()
    ]
    chance.shuffle(facts)
    return facts
