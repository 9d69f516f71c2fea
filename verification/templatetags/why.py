"""The explanation under a verdict."""

from django import template

from ..explanations.presentation import SIDE, Maps
from ..explanations.services import can_be_explained, explanation_of
from ..explanations.weaknesses import weaknesses
from ..jobs.queues import BULK
from ..jobs.selectors import worker_is_alive

register = template.Library()


@register.inclusion_tag("explanations/_why.html", takes_context=True)
def why_card(context, verification, problem=""):
    """What carries the verdict and what weighs against it. `problem`: why it cannot be explained."""
    row = explanation_of(verification)
    under_way = row is not None and not row.is_finished
    return {
        "verification": verification,
        "explanation": row,
        "under_way": under_way,
        "worker_is_alive": worker_is_alive(BULK) if under_way else True,
        "maps": Maps(verification, row.result) if row and row.state == "done" else None,
        "can_be_explained": can_be_explained(verification),
        "weaknesses": weaknesses(verification.faces or {}),
        "are_measured": bool(verification.faces),
        "problem": problem,
        "side": SIDE,
        "csrf_token": context.get("csrf_token"),
    }
