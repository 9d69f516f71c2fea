"""Verdicts follow the people of the gallery whom they are about."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.dispatch import receiver

from ..gallery.locks import slices
from ..gallery.models import Person
from ..gallery.signals import people_let_go, person_replaced
from .models import Verification


@receiver(person_replaced)
def verdicts_follow(
    *,
    former: UUID | None,
    person: Person | None,
    ids: Iterable[str] | None = None,
    **_kwargs,
) -> list[str]:
    """Verdicts on a deleted person keep the name, those on a merged one take the other's: the verdicts
    of all who use the gallery."""
    rows = Verification.objects.filter(person=former)
    renamed = {"person_name": person.name} if person and former else {}
    if ids is None:
        ids = [str(pk) for pk in rows.order_by().values_list("pk", flat=True)]
    followed = list(ids)
    for part in slices(followed):
        rows.filter(pk__in=part).update(person=person, **renamed)
    return followed


@receiver(people_let_go)
def verdicts_let_go(*, people: Sequence[UUID], **_kwargs) -> dict[str, list[str]]:
    """Verdicts on these people keep the name: the verdicts of all who use the gallery."""
    let_go: dict[str, list[str]] = {}
    for part in slices(people):
        rows = Verification.objects.filter(person__in=part).order_by()
        for pk, person in rows.values_list("pk", "person_id"):
            let_go.setdefault(str(person), []).append(str(pk))
    for ids in slices([id for followed in let_go.values() for id in followed]):
        Verification.objects.filter(pk__in=ids).update(person=None)
    return let_go
