"""What the rules of retention say on the pages of other rooms."""

from datetime import timedelta

from django import template

from ..gallery.access import people_for
from ..gallery.gallery_models import Role
from ..gallery.models import REMIND_DAYS, consent_ended
from ..retention.rules import due_of, next_run_at, rules_of

register = template.Library()

NAMED = 5  # people whom a notice names


@register.inclusion_tag("retention/_due.html")
def retention_due(user):
    """What the next run erases, where it erases anything."""
    return {"due": due_of(owner=user), "at": next_run_at()}


@register.inclusion_tag("retention/_consent.html")
def consent_notice(person):
    """That a person's consent has ended, or ends soon, and what follows."""
    return {"person": person, "erased_on": _erased_on(person)}


@register.inclusion_tag("retention/_consents.html")
def consents_notice(user):
    """Whose consent has ended, or ends soon, of all galleries in which the user is an editor or owner."""
    people = people_for(user, Role.EDITOR)
    ended = people.filter(consent_ended()).order_by("consent_until", "name")
    soon = people.filter(consent_until__isnull=False).exclude(consent_ended())
    until = next_run_at().date() + timedelta(days=REMIND_DAYS)
    soon = soon.filter(consent_until__lte=until).order_by("consent_until", "name")
    return {"ended": _some(ended), "soon": _some(soon)}


def _some(people):
    """The first of these people, and how many more there are."""
    return {"people": list(people[:NAMED]), "more": max(people.count() - NAMED, 0)}


def _erased_on(person):
    """The day from whose night on the rules erase a person; None: never."""
    if person.consent_until is None:
        return None
    days = next(rule.days for rule in rules_of(person.owner_id) if rule.kind.name == "people")
    return None if days is None else person.consent_until + timedelta(days=days + 1)
