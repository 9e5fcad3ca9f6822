"""The cases a new policy starts with: each test of its first chapter decides one of them."""

from __future__ import annotations

from string import Template
from typing import Final

CASES_TEXT: Final = Template("""\
# One sentence a case: what is told, and what must come of it. Run them with: claimwright policy test
given:
  sound:
    $needed: true
    $day: $recent
    $number: $least
    $choice: $chosen
    $excluded: false
    $unclear: false
cases:
  - case: A request that meets every criterion is covered
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$advised: true}
    expect: {result: meets, rule: $p-01}
  - case: A request without what is needed is not supported
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$needed: false, $advised: false}
    expect: {result: adverse, rule: $p-04, label: $label}
  - case: Something that lies too far back does not count
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$day: $old}
    expect: {result: adverse, rule: $p-04, label: $label}
  - case: What was tried for too short a time does not count
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$number: $less}
    expect: {result: adverse, rule: $p-04, label: $label}
  - case: What was tried and ended otherwise does not count
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$choice: $other}
    expect: {result: adverse, rule: $p-04, label: $label}
  - case: The excluding condition goes to a clinician
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$excluded: true, $excused: false}
    expect: {result: adverse, rule: $p-02, label: $label}
  - case: The excluding condition is lifted where it is excused
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$excluded: true, $excused: true}
    expect: {result: meets, rule: $p-01}
  - case: An excluding condition nobody has ruled out is asked about
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$excluded: null}
    expect: {result: documents, rule: $p-02, documents: [$rule_out_documents]}
  - case: The condition that needs a person goes to a reviewer
    line: {code: "$code", service_date: $served}
    given: [sound]
    facts: {$unclear: true}
    expect: {result: judgement, rule: $p-03}
  - case: A request that tells nothing is asked for everything
    line: {code: "$code", service_date: $served}
    expect: {result: documents, rule: $p-02, documents: [$all_documents]}
""")
