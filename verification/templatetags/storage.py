"""How full an account is, on the pages that add to it."""

from django import template
from django.template.context import RequestContext

from accounts.selectors import quota_of

from ..jobs.storage import storage_of

register = template.Library()


@register.inclusion_tag("partials/storage_notice.html", takes_context=True)
def storage_notice(context: RequestContext) -> dict:
    """Says so when little room is left; nothing otherwise."""
    user = context["request"].user
    full = None
    if user.is_authenticated and quota_of(owner=user) is not None:
        storage = storage_of(owner_id=user.pk)
        full = storage if storage.is_nearly_full else None
    return {"storage": full}


@register.inclusion_tag("partials/storage_usage.html", takes_context=True)
def storage_usage(context: RequestContext) -> dict:
    return {"storage": storage_of(owner_id=context["request"].user.pk)}
