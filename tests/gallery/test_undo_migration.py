"""Changes of a former version, which stored for each kind something else, can be undone."""

import pytest

from tests.support.migrations import migrations
from tests.support.people import anchor, person
from tests.support.present import present
from tests.support.rows import verification
from verification.gallery import services
from verification.gallery.undo import JOINED
from verification.models import Change, Person

BEFORE, AFTER = "0015_batch_photo_conditions", "0016_undo_by_inverse"


def gallery() -> list[tuple]:
    return [
        (
            row.name, row.note, row.tags, row.consent_at, row.cover_id,
            set(row.anchors.values_list("pk", flat=True)),
            set(row.verifications.values_list("pk", "person_name")),
        )
        for row in Person.objects.order_by("name")
    ]  # fmt: skip


def details(row: Person) -> dict:
    row.refresh_from_db()
    return {column: getattr(row, column) for column in JOINED} | {
        "consent_at": row.consent_at and row.consent_at.isoformat()
    }


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_kind_of_change_stored_before_is_undone_after(user):
    ada, bea = person(user, "Ada", note="Tall"), person(user, "Bea", tags=["choir"])
    first, second, third = (anchor(ada, seed=seed) for seed in (1, 2, 3))
    theirs, double = anchor(bea, seed=4), anchor(bea, seed=3)
    services.person_update(person=bea, consent_given_by="Bea", consent_at="2026-01-31")
    verification(user, "done", person=bea, person_name="Bea", kind="person")
    seen, stored = [], []

    def done(change: Change | None, **payload) -> None:
        stored.append((present(change), payload))

    def keys(*rows) -> list[str]:
        return [str(row.pk) for row in rows]

    seen.append(gallery())
    done(
        services.anchor_delete(anchor=first),
        person=str(ada.pk), anchors=keys(first), cover=str(first.pk), cover_then=str(second.pk),
    )  # fmt: skip
    seen.append(gallery())
    done(
        services.anchor_move(anchor=second, person=bea).change,
        **{"from": str(ada.pk), "to": str(bea.pk)}, anchors=keys(second), cover=str(second.pk),
    )  # fmt: skip
    seen.append(gallery())
    new = services.person_split(owner=user, person=bea, anchors=[theirs], name="Cy")
    done(
        new.change,
        **{"from": str(bea.pk), "to": str(new.pk)}, anchors=keys(theirs), cover=str(theirs.pk),
    )  # fmt: skip
    seen.append(gallery())
    before, verdicts = details(ada), keys(*bea.verifications.all())
    merged = services.people_merge(owner=user, into=ada, other=bea).change
    done(
        merged, into=str(ada.pk), other=str(bea.pk), anchors=keys(second), verifications=verdicts,
        cover=str(third.pk), before=before, after=details(ada),
    )  # fmt: skip
    seen.append(gallery())
    done(services.person_delete(person=ada), person=str(ada.pk), verifications=verdicts)
    for change, payload in stored:
        Change.objects.filter(pk=change.pk).update(payload=payload)

    with migrations("verification") as at:
        at(BEFORE)
        at(AFTER)

    for (change, _payload), former in zip(reversed(stored), reversed(seen), strict=True):
        services.change_undo(owner=user, change_id=change.pk)
        assert gallery() == former
    assert double in bea.anchors.all()
