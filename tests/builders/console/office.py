"""The application over a real database, with people who call it. Only Temporal is left out: its activity runs in place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp
from temporalio.testing import ActivityEnvironment

from activities.appeals.actions import AppealActivities
from activities.readjudication.again import ReadjudicationActivities
from activities.readjudication.shadow import Shadows
from activities.review.actions import ReviewActivities, case_rules
from adjudication.model.determination import Pended
from adjudication.model.vocabulary import ClaimId, DateRange, PlanId
from adjudication.steps.eligibility import CoverageSpan
from adjudication.steps.pipeline import ClaimContext, adjudicate
from console.access.tokens import TokenVerifier, Trust
from console.appeals.ports import Appeals
from console.bulk_retries.ports import BulkRetryDependencies
from console.campaigns.ports import CampaignDependencies
from console.claims.ports import WorkflowRun
from console.dashboard.sampler import Sampler
from console.letters.ports import MailDependencies
from console.monitors.ports import MonitorDependencies
from console.policies.service import PolicyPages
from console.ports import Console, UnansweredError
from console.reopenings.ports import Corrections
from console.review.case_context import CaseContexts
from console.review.policy_reviews import PolicyReviews
from console.sign_in import cookies
from console.sign_in.id_tokens import Claims
from console.sign_in.ports import SignIn
from console.web.app import create_api, guarded, hand_over
from console.worklist.context import WorklistContexts
from contracts.actions.people import PersonV1
from contracts.claim_intake.registration import Submission
from contracts.event_builders.decisions import determination_messages, pended_messages
from contracts.records.decisions import Publication
from contracts.records.sessions import Session
from contracts.workflow_messages.appeals import AppealAct, AppealAnswer
from contracts.workflow_messages.claims import ReviewAct, ReviewAnswer
from contracts.workflow_messages.readjudication import CorrectionAct, CorrectionAnswer, Readjudicate
from letters.appeal_letters import AppealLetters
from letters.prints import LetterPrints
from rulebook.library import PolicyLibrary
from runtime.console.bulk_retry_dry_run import BulkRetryDryRuns
from runtime.console.identity_provider import OpenIdProvider, Registration
from runtime.console.payload_pages import CodecPages
from runtime.console.service import UNAVAILABLE, claims_over, dead_letters_over, exports_over, words_of
from runtime.processes.ports import shadow_ports
from storage.appeals.actions import AppealActionStore
from storage.appeals.queries import AppealQueries
from storage.audit.search import AuditSearch
from storage.bulk_retries.proposals import BulkRetries
from storage.decisions.reopenings import Reopenings
from storage.feeds.unmatched_documents import UnmatchedDocuments
from storage.letters.mail_queue import MailQueue
from storage.letters.notices_due import NoticesDue
from storage.monitors.store import Monitors
from storage.people.break_glass import BreakGlassUses
from storage.people.caller_search import CallerSearches
from storage.people.sessions import Sessions
from storage.people.sign_ins import PendingSignIns
from storage.people.staff import Staff
from storage.people.staff_changes import StaffChanges
from storage.privileges.roles import DatabaseRole
from storage.readjudication.campaigns import Campaigns
from storage.readjudication.queries import ProposalQueries
from storage.readjudication.raised import RaisedReopenings
from storage.readjudication.store import Readjudications
from storage.review.actions import ReviewActionStore
from storage.review.desks import Desks
from storage.review.queries import ReviewQueries
from tests.builders.console.quiet import QuietCaseContext, operations
from tests.builders.ledger.bulk_cases import LIMITS
from tests.builders.ledger.ledgers import Stores
from tests.builders.ledger.roles import in_role
from tests.builders.ledger.submissions import BORN, MEMBER, a_coverage_change

NOW = datetime(2025, 9, 3, 9, 0, tzinfo=UTC)
ADJUDICATED = datetime(2025, 9, 2, 9, 0, tzinfo=UTC)
ISSUER, AUDIENCE = "https://issuer.example", "claimwright"
KEY = ECKey.generate_key("P-256", private=True, auto_kid=True)
SPAN = CoverageSpan("COV-1", MEMBER, PlanId("HUDSON-COMM"), BORN, DateRange(date(2025, 1, 1)), None, date(2024, 12, 1))
HERE = "http://127.0.0.1:8000"
RATIONALE = "The imaging report shows no lesion that spectroscopy of the spine could distinguish in this member."


class Keys:
    """The issuer's public keys; counts how often they were requested again."""

    def __init__(self) -> None:
        self.asked_again = 0

    async def keys(self, *, fresh: bool) -> KeySet:
        self.asked_again += fresh
        return KeySet([ECKey.import_key(KEY.as_dict(private=False))])


@dataclass
class Desk:
    """Stands where Temporal is: runs the activity that the workflow would run, or does not answer."""

    activities: ReviewActivities
    failure: Exception | None = None
    loses_answers: bool = False
    asked: list[str] = field(default_factory=list)

    async def act(self, claim_id: ClaimId, action_id: str) -> ReviewAnswer:
        self.asked.append(action_id)
        if self.failure is not None:
            raise self.failure
        act = ReviewAct(claim_id, action_id)
        answer: ReviewAnswer = await ActivityEnvironment().run(self.activities.apply_review_action, act)
        if self.loses_answers:
            raise UnansweredError
        return answer


@dataclass
class AppealDesk:
    """Stands where Temporal holds appeals: runs the activity that the workflow would run, or does not answer."""

    activities: AppealActivities
    clock: Callable[[], datetime]
    failure: Exception | None = None

    async def act(self, appeal_id: str, action_id: str) -> AppealAnswer:
        if self.failure is not None:
            raise self.failure
        act = AppealAct(appeal_id, action_id, self.clock().isoformat())
        answer: AppealAnswer = await ActivityEnvironment().run(self.activities.apply_appeal_action, act)
        return answer


@dataclass
class ReleaseRuns:
    """Stands where Temporal begins bulk releases: keeps which were begun, or does not answer."""

    begun: list[str] = field(default_factory=list)
    failure: Exception | None = None

    async def run(self, release_id: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.begun.append(release_id)


@dataclass
class CorrectionDesk:
    """Stands where Temporal holds reopenings: runs the activity that the workflow would run, or does not answer."""

    activities: ReadjudicationActivities
    clock: Callable[[], datetime]
    failure: Exception | None = None

    async def act(self, readjudication_id: str, action_id: str) -> CorrectionAnswer:
        if self.failure is not None:
            raise self.failure
        act = CorrectionAct(readjudication_id, action_id, self.clock().isoformat())
        answer: CorrectionAnswer = await ActivityEnvironment().run(self.activities.apply_correction_action, act)
        return answer


def correction_desk(worker: AsyncEngine, library: PolicyLibrary, clock: Callable[[], datetime]) -> CorrectionDesk:
    """The desk over the stores of the worker."""
    shadows = Shadows(shadow_ports(worker), library.reference, clock)
    store = Readjudications(worker, library.reference)
    return CorrectionDesk(ReadjudicationActivities(store, shadows, library.reference, clock), clock)


def proposals_over(engine: AsyncEngine, library: PolicyLibrary, desk: CorrectionDesk) -> Corrections:
    """What the screens of reopenings use."""
    raising = RaisedReopenings(engine, library.reference)
    return Corrections(ProposalQueries(engine), Readjudications(engine, library.reference), desk, raising)


class QuietTemporal:
    """Stands where Temporal is asked about workflows: says that it does not answer."""

    async def runs(self, named: Sequence[tuple[str, str]]) -> tuple[WorkflowRun, ...]:
        return tuple(WorkflowRun(what, name, None, "Temporal did not answer") for what, name in named)


_MADE: Final[list[FastAPI]] = []


def serving(console: Console) -> ASGIApp:
    """Serve a console by the one application of this process: FastAPI takes 0.2 s of CPU for its pages, and the tests are 1,500."""
    if not _MADE:
        _MADE.append(create_api(console, UNAVAILABLE))
    [api] = _MADE
    hand_over(api, console)
    return guarded(api)


class Office:
    """One application, its people, and the claims that wait."""

    def __init__(self, engine: AsyncEngine, stores: Stores, library: PolicyLibrary) -> None:
        self.engine, self.stores, self.library, self.now = engine, stores, library, NOW
        self.staff, self.keys = Staff(in_role(engine, DatabaseRole.STAFFING)), Keys()
        engine, worker = in_role(engine, DatabaseRole.CONSOLE), in_role(engine, DatabaseRole.WORKER)
        self.desk = Desk(ReviewActivities(ReviewActionStore(worker), library.reference, self.clock))
        self.around = QuietCaseContext()
        self.cookies: dict[str, str] = {}
        self.workflows, self.runner = QuietTemporal(), ReleaseRuns()
        self.issuer: str | None = None
        registered = Registration("claimwright-console", None, "openid")
        self.provider = OpenIdProvider(self.issued_by, registered, Claims(), self.clock)
        appeals, letters = AppealActionStore(engine, library.reference), AppealLetters(engine, library, self.clock)
        decided = AppealActionStore(worker, library.reference)
        self.appeal_desk = AppealDesk(AppealActivities(decided, library.reference), self.clock)
        self.corrections = correction_desk(worker, library, self.clock)
        rehearsal = BulkRetryDryRuns(engine, library.reference, self.clock)
        self.console = Console(
            tokens=TokenVerifier(Trust(ISSUER, AUDIENCE), self.keys, self.clock),
            staff=Staff(engine),
            staff_changes=StaffChanges(engine),
            reads=ReviewQueries(engine),
            submissions=ReviewActionStore(engine),
            reviews=self.desk,
            policies=PolicyReviews(engine, library, self.clock),
            worklist=WorklistContexts(engine, library),
            case_contexts=CaseContexts(engine, library),
            reference=library.reference,
            rules=case_rules(library.reference),
            words=words_of(library),
            dead_letters=dead_letters_over(engine, keep_days=90),
            claims=claims_over(engine, library, self.workflows, self.clock),
            reopenings=Reopenings(engine),
            corrections=proposals_over(engine, library, self.corrections),
            campaigns=CampaignDependencies(Campaigns(engine), self.runner),
            monitors=MonitorDependencies(Monitors(engine), self.library.root),
            documents=UnmatchedDocuments(engine, library.medical.vocabulary.documents),
            callers=CallerSearches(engine),
            desks=Desks(engine),
            mail=MailDependencies(MailQueue(engine), NoticesDue(engine), LetterPrints(engine)),
            audit=AuditSearch(engine),
            exports=exports_over(engine, library),
            sign_in=SignIn(Sessions(engine), PendingSignIns(engine), self.provider, BreakGlassUses(engine), HERE),
            bulk_retries=BulkRetryDependencies(BulkRetries(engine, LIMITS), self.runner, rehearsal, LIMITS),
            appeals=Appeals(AppealQueries(engine, library.reference), appeals, self.appeal_desk, letters),
            payloads=CodecPages(dict, None),
            policy_pages=PolicyPages(engine, library),
            dashboard=Sampler(operations(engine, library, self.around), library.reference, self.clock),
            now=self.clock,
        )
        self.app = serving(self.console)

    def clock(self) -> datetime:
        return self.now

    def issued_by(self) -> str:
        """Say where the identity provider is; until a test starts one, it is away."""
        if self.issuer is None:
            raise FileNotFoundError
        return self.issuer

    async def look(self, readjudication_id: str) -> None:
        """Adjudicate the claim of a reopening again, as its workflow does."""
        asked = Readjudicate(readjudication_id)
        await ActivityEnvironment().run(self.corrections.activities.propose_correction, asked)

    async def hire(self, *people: PersonV1) -> None:
        await self.staff.put(people, "test", "ops", self.now)

    async def waiting(self, *submissions: Submission, plan: str = "HUDSON-COMM") -> list[ClaimId]:
        """Accept claims of a covered member, and commit that they wait, as the rules say."""
        await self.stores.feeds.apply_coverage([a_coverage_change(plan=plan)])
        batch, stored = await self.stores.accept(*submissions)
        publications = []
        for each in stored:
            context = ClaimContext(sequence=1, spans=[replace(SPAN, plan_id=PlanId(plan))])
            decision = adjudicate(each.claim, context, ADJUDICATED, self.library.reference).decision
            assert isinstance(decision, Pended)
            reference = self.library.reference
            ready = () if decision.ready is None else determination_messages(each.claim, decision.ready, reference)
            messages = (*ready, *pended_messages(each.claim, decision, ADJUDICATED, 0, reference))
            publications.append(Publication(each, decision, 0, messages))
        assert not await self.stores.decisions.commit(batch.batch_id, publications)
        return [each.claim.claim_id for each in stored]

    async def call(
        self,
        method: str,
        path: str,
        person: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **sent: Any,
    ) -> Response:
        """Call as a person; None sends no token."""
        given = dict(headers or {})
        if person is not None:
            given.setdefault("Authorization", f"Bearer {token(person, self.now)}")
        transport = ASGITransport(self.app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url=HERE) as client:
            return await client.request(method, path, headers=given, **sent)

    async def signed_in(self, person: str, *claimed: str) -> str:
        """Sign a person in, once, and return their cookie's value; roles named are what the identity provider claims."""
        if person not in self.cookies:
            value, lasts = cookies.fresh(), self.console.sign_in.timeouts.absolute
            roles = frozenset(claimed) if claimed else None
            session = Session(str(uuid4()), person, roles, self.now, self.now, self.now + lasts)
            await self.console.sign_in.sessions.start(cookies.hashed(value), session, None)
            self.cookies[person] = value
        return self.cookies[person]

    async def browse(self, method: str, path: str, person: str | None, **sent: Any) -> Response:
        """Ask for a page as a browser does, redirects not followed; None is a visitor who is not signed in."""
        headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", **sent.pop("headers", {})}
        if person is not None:
            headers.setdefault("Cookie", f"claimwright-session={await self.signed_in(person)}")
        return await self.call(method, path, headers=headers, **sent)

    async def get(self, path: str, person: str | None = None, **sent: Any) -> Response:
        """Open a page."""
        return await self.browse("GET", path, person, **sent)

    async def post(
        self, path: str, person: str | None = None, data: Mapping[str, Any] | None = None, **sent: Any
    ) -> Response:
        """Send a form of a page, with the token that the person's session put into it."""
        token = {} if person is None else {"csrf": cookies.csrf_of(await self.signed_in(person))}
        return await self.browse("POST", path, person, data={**token, **(data or {})}, **sent)

    async def act(self, claim_id: str, person: str, action_id: str | None = None, **action: Any) -> Response:
        """Do something with a claim."""
        headers = {"Idempotency-Key": action_id or str(uuid4())}
        return await self.call("POST", f"/api/tasks/{claim_id}/actions", person, headers=headers, json=action)

    async def run(self, statement: str, **values: Any) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(text(statement), values)

    async def rows(self, query: str, **values: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(text(query), values)).all())


def token(person: str, now: datetime = NOW, key: ECKey = KEY, **claims: Any) -> str:
    """Sign a token; claims given replace the usual ones, None leaves one out."""
    usual: dict[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "sub": person, "exp": now + timedelta(hours=1)}
    made = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": key.kid}, made, key, algorithms=["ES256"])


def person(person_id: str, *roles: str, state: str | None = None, **fields: Any) -> PersonV1:
    """A person with roles and, where a state is named, a license to read images there."""
    license = {
        "number": f"SYN-{person_id}",
        "state": state,
        "profession": "physician",
        "expertise": ["radiology"],
        "starts": "2015-01-01",
    }
    record = {"person_id": person_id, "roles": list(roles), "licenses": [license] if state else [], **fields}
    return PersonV1.model_validate_json(json.dumps(record))


STAFF = (
    person("NURSE", "nurse"),
    person("MD-NY", "physician", state="NY"),
    person("MD-OH", "physician", state="OH"),
    person("CODER", "coder"),
    person("BOSS", "supervisor"),
    person("KIN", "physician", state="NY", conflicts=["1234567893"]),
    person("GONE", "nurse", active=False),
)


def problem(response: Response) -> tuple[int, str]:
    """Return status and code of a problem, a page or JSON, and check that it is one."""
    if response.headers["content-type"].startswith("text/html"):
        shown = re.search(r'data-problem="([a-z0-9-]+)"', response.text)
        assert shown, response.text
        assert "What to do." in response.text
        return response.status_code, shown.group(1)
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json", problem
    assert problem["status"] == response.status_code
    assert problem["type"] == f"urn:claimwright:problem:{problem['code']}"
    assert problem["title"]
    assert problem["detail"]
    return response.status_code, problem["code"]
