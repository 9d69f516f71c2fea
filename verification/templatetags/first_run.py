"""On the first pages that a new user sees: what to do first, and photos to try with."""

from django import template
from django.template.context import RequestContext

from ..comparisons.models import Verification
from ..first_run import samples, steps

register = template.Library()
FEW = 3  # comparisons after which the samples are not offered any more


@register.inclusion_tag("first_run/_first_run.html", takes_context=True)
def first_run(context: RequestContext) -> dict:
    user = context["request"].user
    if not user.is_authenticated or steps.steps_are_closed(owner=user):
        return {}
    first_steps = steps.steps_of(user)
    done = sum(step.is_done for step in first_steps)
    if done == len(first_steps):
        return {}
    few = Verification.objects.filter(owner=user)[:FEW].count() < FEW
    return {
        "steps": first_steps,
        "done": done,
        "pairs": samples.PAIRS.values() if few else (),
        "csrf_token": context.get("csrf_token"),
    }
