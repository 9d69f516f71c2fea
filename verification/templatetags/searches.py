"""The results of searches."""

from django import template

from ..comparisons.kinds.many_words import Group, Photos
from ..comparisons.models import Verification

register = template.Library()


@register.inclusion_tag("comparisons/_many_result.html", takes_context=True)
def search_result(context, verification, result, worker_is_alive):
    """What the page of a search shows, at every state."""
    many = verification.kind == Verification.Kind.PHOTOS
    named = verification.kind == Verification.Kind.GROUP and verification.outcome
    return {
        "verification": verification,
        "result": result,
        "worker_is_alive": worker_is_alive,
        "photos": Photos(verification) if many else None,
        "group": Group(verification) if named else None,
        "csrf_token": context.get("csrf_token"),
    }
