"""Actions on campaigns for the API and the pages: calls storage, wakes the workflow, and raises refusals as problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adjudication.people import Refusal, StaffMember
from adjudication.readjudication.campaigns import APPROVERS, STARTERS, CampaignApproval, CampaignStage
from console.ports import Console, UnansweredError
from console.web.problems import Problem, problem_of
from contracts.actions.campaigns import ApproveCampaignV1, StartCampaignV1
from contracts.records.campaigns import Campaign, CampaignView

VIEWERS: Final = STARTERS | APPROVERS
STAGE_BY_STEP: Final[Mapping[str, CampaignStage]] = {
    "cancel": CampaignStage.CANCELLED,
    "pause": CampaignStage.PAUSED,
    "go-on": CampaignStage.RUNNING,
}
"""Ways to change a campaign, by their name in addresses."""


def viewers_only(person: StaffMember) -> None:
    """Refuse people whose roles do not include campaigns."""
    if not person.roles & VIEWERS:
        raise Problem(403, "role-may-not", f"campaigns are for: {', '.join(sorted(VIEWERS))}")


async def start(console: Console, person: StaffMember, campaign_id: str, sent: StartCampaignV1) -> Campaign:
    """Store a campaign, and have the worker judge its claims."""
    wanted = Campaign(
        campaign_id=campaign_id,
        kind=sent.kind,
        why=sent.why.strip(),
        selection=sent.selection(),
        per_second=sent.per_second,
        takes_back=sent.takes_back,
        started_by=person.person_id,
        started_at=console.now(),
        stage=CampaignStage.JUDGING,
        policy_bundle=None,
        total=None,
        claims=0,
        lines=0,
        position=-1,
        digest=None,
        judged_at=None,
        ended_at=None,
    )
    kept = _done(await console.campaigns.store.start(wanted, person))
    await _wake(console, campaign_id)
    return kept


async def approve(console: Console, person: StaffMember, campaign_id: str, sent: ApproveCampaignV1) -> Campaign:
    """Record an approval; the second one starts the corrections."""
    roles = tuple(sorted(role.value for role in person.roles))
    approval = CampaignApproval(person.person_id, roles, sent.ground, sent.rationale.strip())
    seen = bytes.fromhex(sent.impact)
    kept = _done(await console.campaigns.store.approve(campaign_id, person, approval, seen, console.now()))
    await _wake(console, campaign_id)
    return kept


async def change(console: Console, person: StaffMember, campaign_id: str, to: CampaignStage) -> Campaign:
    """Pause, continue or cancel."""
    kept = _done(await console.campaigns.store.change(campaign_id, to, person, console.now()))
    await _wake(console, campaign_id)
    return kept


async def view(console: Console, campaign_id: str) -> CampaignView:
    """Return a campaign with its impact."""
    found = await console.campaigns.store.view(campaign_id)
    if found is None:
        raise Problem(404, "no-such-campaign", "no campaign has this id; the list shows those there are")
    return found


def shown(campaign: Campaign) -> dict[str, Any]:
    """Return a campaign as the API shows it."""
    chosen = campaign.selection
    return {
        "campaign_id": campaign.campaign_id,
        "kind": campaign.kind.value,
        "why": campaign.why,
        "codes": list(chosen.codes),
        "plans": list(chosen.plans),
        "served_from": chosen.first,
        "served_to": chosen.last,
        "policy": chosen.policy or None,
        "old": chosen.old or None,
        "new": chosen.new or None,
        "per_second": campaign.per_second,
        "takes_back": campaign.takes_back,
        "started_by": campaign.started_by,
        "started_at": campaign.started_at,
        "stage": campaign.stage.value,
        "policy_data": campaign.policy_bundle,
        "total": campaign.total,
        "judged": campaign.claims,
        "lines": campaign.lines,
        "impact": None if campaign.digest is None else campaign.digest.hex(),
        "judged_at": campaign.judged_at,
        "ended_at": campaign.ended_at,
    }


async def _wake(console: Console, campaign_id: str) -> None:
    """Signal the workflow; if Temporal does not answer, the reconciler starts it within minutes."""
    try:
        await console.campaigns.runner.run(campaign_id)
    except UnansweredError:
        return


def _done(answer: Campaign | Refusal | None) -> Campaign:
    if answer is None:
        raise Problem(404, "no-such-campaign", "no campaign has this id; the list shows those there are")
    if isinstance(answer, Refusal):
        raise problem_of(answer)
    return answer
