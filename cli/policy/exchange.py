"""`policy document` and `questionnaire`: a version as an HTML document, or as a FHIR Questionnaire for other systems."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
import typer
from rich.markup import escape

from adjudication.policy.selection import NoVersion, select_version
from adjudication.policy.tree import Policy
from cli.policy.checks import POLICIES, policies_dir
from cli.policy.recorded_claims import reviews_of
from console.policies.document import document_of
from console.policies.questions import open_questions
from rulebook.authoring.questionnaires import (
    Asked,
    claim_questionnaire,
    dictionary_questionnaire,
    policy_questionnaire,
    questionnaire_package,
)
from rulebook.authoring.reading import PolicyReader
from rulebook.authoring.versions import find_policy, find_version
from rulebook.errors import PolicyDataError
from rulebook.library import PolicyLibrary, load_library
from runtime import wiring
from runtime.clients.terminal import out

_OUTPUT = typer.Option(None, "--output", "-o", help="Where to write; default: POLICY-VERSION.html here.")


def register(group: typer.Typer) -> None:
    """Add these commands."""
    group.command("document")(document)
    group.command("questionnaire")(questionnaire)


def document(
    policy: str = typer.Argument(..., help="The policy."),
    version: str = typer.Argument(..., help="The version of the policy; may be a draft."),
    file: Path | None = _OUTPUT,
    policies: Path | None = POLICIES,
) -> None:
    """Write a version as an HTML document for a committee: rules with their source, readings, cases, history."""
    reader = PolicyReader(load_library(policies_dir(policies), with_drafts=True))
    text = document_of(reader.read(policy, version), reader.cases(policy, version))
    file = file or Path(f"{policy}-{version}.html")
    file.write_text(text, encoding="utf-8")
    out.print(f"wrote {escape(str(file))}")


def questionnaire(  # noqa: PLR0913 - one option each
    policy: str | None = typer.Argument(None, help="The policy; without it the whole fact dictionary is written."),
    version: str | None = typer.Argument(
        None, help="The version of the policy; default: the one in force for services of today."
    ),
    *,
    code: str | None = typer.Option(None, "--code", help="The procedure code whose questions to write."),
    claim: str | None = typer.Option(None, "--claim", help="Any id of a claim: only its open questions."),
    package: bool = typer.Option(
        False, "--package", help="As the bundle that DTR's $questionnaire-package answers with."
    ),
    file: Path | None = typer.Option(None, "--output", "-o", help="Where to write; default: this terminal."),
    policies: Path | None = POLICIES,
) -> None:
    """Write the questions of a policy, of a claim, or of all facts as a FHIR R4 Questionnaire.

    The answers come back through the documents feed.
    """
    library = load_library(policies_dir(policies), with_drafts=True)
    catalog = library.medical.catalog
    if claim is not None:
        found = claim_questionnaire(library, claim, _open_questions(library, claim))
    elif policy is None:
        found = dictionary_questionnaire(library)
    else:
        chosen = find_version(catalog, policy, version or _current(find_policy(catalog, policy)))
        if code is None or code not in chosen.codes:
            known = ", ".join(sorted(chosen.codes))
            raise PolicyDataError(
                code or "--code", f"{policy} {chosen.version} has no rule about it", f"choose of: {known}"
            )
        found = policy_questionnaire(library, chosen, code)
    if package:
        found = questionnaire_package(found)
    text = orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()
    if file is None:
        out.print(text, markup=False, highlight=False, soft_wrap=True)
        return
    file.write_text(text + "\n", encoding="utf-8")
    out.print(f"wrote {escape(str(file))}")


def _open_questions(library: PolicyLibrary, claim: str) -> list[Asked]:
    """Return the open questions of a claim; raises PolicyDataError if there are none."""
    asked = open_questions(asyncio.run(reviews_of(library, claim)), library.reference)
    if not asked:
        raise PolicyDataError(
            claim, "no accepted claim of this id has an open question", "see claimwright policy explain"
        )
    return asked


def _current(policy: Policy) -> str:
    today = wiring.now().date()
    found = select_version(policy, today, today)
    if isinstance(found, NoVersion):
        raise PolicyDataError(policy.policy, found.why, "name the version")
    return found.version
