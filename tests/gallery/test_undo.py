"""Undo: what was deleted, merged or moved comes back whole, until it is erased for good."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from tests.support.embedded import add, embedded, finished, known
from tests.support.faces import make_face
from tests.support.present import present
from tests.support.rows import files_of
from tests.support.submissions import submit_person
from verification.gallery import selectors, services
from verification.gallery.index import people_index
from verification.jobs.files import prune_files
from verification.jobs.services import ActionNotAllowed
from verification.models import Anchor, Change, Gallery, Person, Verification
from verification.worker import tasks

pytestmark = pytest.mark.django_db


def undo(change: Change | None) -> Change:
    done = present(change)
    return services.change_undo(owner=done.owner, change_id=done.pk)


def told_of(person: Person) -> dict:
    """Everything an owner sees of a person."""
    row = Person.objects.get(pk=person.pk)
    return {
        "fields": {field: getattr(row, field) for field in services.FIELDS},
        "cover": row.cover_id,
        "anchors": list(row.anchors.values_list("pk", "state", "face_index", "content_sha256")),
        "verdicts": set(row.verifications.values_list("pk", "person_name")),
    }


def searched(user) -> dict:
    """What a search compares with: the number of anchors of each person."""
    model = tasks.engine.served_model().sha256
    found = people_index(gallery_id=Gallery.default_of(user.pk).pk, model_sha256=model)
    return {
        pk: count for part in found.parts() for pk, count in zip(part.ids, part.counts, strict=True)
    }


def expire(change: Change) -> None:
    long_ago = timezone.now() - timedelta(minutes=settings.FACEVERIFY_UNDO_MINUTES + 1)
    Change.objects.filter(pk=change.pk).update(created_at=long_ago)


def two_people(user) -> tuple[Person, Person]:
    """Ada with three photos and Bea with two, one of them also Ada's; both with all details, and each
    with a verdict and a chosen cover."""
    ada, bea = known(user, 1, photos=3), known(user, 2, photos=1, name="Bea")
    add(bea, make_face(1))
    today = timezone.now().date()
    services.person_update(person=ada, note="Tall", tags=["work"], consent_given_by="Ada")
    services.person_update(
        person=bea, note="Plays", tags=["work", "chess"], consent_given_by="Her sister",
        consent_at=today, consent_for="The door",
    )  # fmt: skip
    for person in (ada, bea):
        services.person_set_cover(person=person, anchor=present(person.anchors.last()))
        finished(submit_person(owner=user, person=person, probe=make_face(1, 5)))
        person.refresh_from_db()
    return ada, bea


def everything(user) -> list:
    people = Person.all_objects.filter(owner=user, deleted_in=None).order_by("name")
    return [searched(user), *(told_of(person) for person in people)]


# What is done to the two people, how many photos searches then compare with, and the summary.
CHANGES = {
    "person deleted": (lambda ada, bea: services.person_delete(person=ada), [2], "Ada deleted, with 3 photos."),
    "cover deleted": (
        lambda ada, bea: services.anchor_delete(anchor=present(ada.cover)), [2, 2], "One photo of Ada deleted."
    ),
    "photos deleted": (
        lambda ada, bea: services.anchors_delete(person=ada, anchors=ada.anchors.all()[:2]),
        [1, 2], "2 photos of Ada deleted.",
    ),
    "people merged": (
        lambda ada, bea: services.people_merge(owner=ada.owner, into=ada, other=bea).change,
        [4], "Bea merged into Ada.",
    ),
    "cover moved": (
        lambda ada, bea: services.anchor_move(anchor=ada.cover, person=bea).change,
        [2, 3], "One photo moved from Ada to Bea.",
    ),
    "photos moved": (
        lambda ada, bea: services.anchors_move(person=ada, anchors=ada.anchors.all(), to=bea),
        [1, 4], "2 photos moved from Ada to Bea.",
    ),
    "person split": (
        lambda ada, bea: services.person_split(
            owner=ada.owner, person=ada, anchors=ada.anchors.all()[:2], name="Cy"
        ).change,
        [1, 2, 2], "Cy made of 2 photos of Ada.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_done_is_undone_whole(user, what):
    do, counts, summary = CHANGES[what]
    ada, bea = two_people(user)
    before = everything(user)

    change = present(do(ada, bea))

    assert (sorted(searched(user).values()), change.summary) == (counts, summary)
    for person in Person.objects.all():
        assert person.cover in person.anchors.all()
    undo(change)
    assert everything(user) == before
    assert Person.all_objects.count() == 2


def test_a_deleted_person_is_hidden_from_everything(user):
    ada = known(user, 1)
    services.person_update(person=ada, tags=["work"])
    finished(submit_person(owner=user, person=ada, probe=make_face(1, 5)))

    services.person_delete(person=ada)

    assert not selectors.person_list(owner=user).exists()
    assert not selectors.anchor_list(owner=user).exists()
    assert selectors.tag_list(owner=user) == []
    assert searched(user) == {}
    assert Verification.objects.get().person is None


def test_a_consent_taken_over_by_a_merge_goes_back(user):
    ada, twin = (services.person_create(owner=user, name=name) for name in ("Ada", "Ada L."))
    services.person_update(person=twin, consent_given_by="Ada", consent_at=timezone.now().date())
    before = everything(user)

    merged = services.people_merge(owner=user, into=ada, other=twin)

    assert merged.consent_given_by == "Ada"
    undo(merged.change)
    assert everything(user) == before


def test_a_cover_chosen_after_a_merge_stays(user):
    ada, bea = two_people(user)
    merged = services.people_merge(owner=user, into=ada, other=bea)
    services.person_set_cover(person=ada, anchor=present(ada.anchors.first()))

    undo(merged.change)

    assert Person.objects.get(pk=ada.pk).cover == ada.anchors.first()


def test_a_cover_chosen_after_a_deletion_stays(user):
    ada = known(user, 1, photos=3)
    first, _second, third = ada.anchors.all()
    change = services.anchor_delete(anchor=first)
    services.person_set_cover(person=ada, anchor=third)

    undo(change)

    assert Person.objects.get().cover == third


def test_an_anchor_deleted_before_its_run_is_run_when_it_comes_back(
    user, django_capture_on_commit_callbacks, monkeypatch
):
    ada = services.person_create(owner=user, name="Ada")
    anchor = services.anchor_add(person=ada, data=make_face(1))
    change = services.anchor_delete(anchor=anchor)

    assert embedded(anchor).state == "pending"  # no worker touches it
    queued = []
    monkeypatch.setattr("verification.jobs.queue.send", lambda task, pk, **_how: queued.append(pk))
    monkeypatch.setattr("verification.gallery.locks.send", lambda task, pk: None)
    with django_capture_on_commit_callbacks(execute=True):
        undo(change)

    assert queued == [anchor.pk]
    assert embedded(anchor).state == "ready"


def test_an_anchor_deleted_in_mid_run_can_come_back(user, monkeypatch):
    ada = services.person_create(owner=user, name="Ada")
    anchor = services.anchor_add(person=ada, data=make_face(1))
    look, changes = tasks.engine.embed_face, []

    def deleted_meanwhile(*args, **options):
        changes.append(services.anchor_delete(anchor=anchor))
        return look(*args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(tasks.engine, "embed_face", deleted_meanwhile)
        assert embedded(anchor).state == "pending"
    assert files_of(anchor) == {"image"}

    undo(changes[0])

    assert embedded(anchor).state == "ready"


def test_what_was_edited_or_moved_after_a_merge_stays_so(user):
    ada, bea, cy = (known(user, n, photos=2, name=name) for n, name in enumerate(("A", "B", "C")))
    moved = present(bea.anchors.first())
    merged = services.people_merge(owner=user, into=ada, other=bea)
    services.person_update(person=ada, note="Written later")
    moved.refresh_from_db()
    services.anchor_move(anchor=moved, person=cy)

    undo(merged.change)

    assert Person.objects.get(pk=ada.pk).note == "Written later"
    assert searched(user) == {ada.pk: 2, bea.pk: 1, cy.pk: 3}


def test_a_photo_that_the_other_has_stays_when_several_are_moved(user):
    ada, bea = known(user, 1, photos=2), known(user, 1, photos=1, name="Bea")

    change = services.anchors_move(person=ada, anchors=ada.anchors.all(), to=bea)

    assert searched(user) == {ada.pk: 1, bea.pk: 2}
    assert len(change.payload["anchors"]) == 1
    with pytest.raises(ActionNotAllowed, match="already has this photo"):
        services.anchors_move(person=ada, anchors=ada.anchors.all(), to=bea)


def test_a_later_change_in_the_way_is_told_and_nothing_is_lost(user):
    ada, bea = known(user, 1), known(user, 2, name="Bea")
    deleted = services.anchor_delete(anchor=present(ada.cover))
    merged = services.people_merge(owner=user, into=bea, other=ada)

    with pytest.raises(ActionNotAllowed, match="Undo that first"):
        undo(deleted)
    assert searched(user) == {bea.pk: 3}

    undo(merged.change)
    undo(deleted)
    assert searched(user) == {ada.pk: 2, bea.pk: 2}


def test_a_merge_into_a_person_deleted_since_waits_for_that_one(user):
    ada, bea = known(user, 1), known(user, 2, name="Bea")
    merged = services.people_merge(owner=user, into=ada, other=bea)
    deleted = services.person_delete(person=ada)

    with pytest.raises(ActionNotAllowed, match="Undo that first"):
        undo(merged.change)
    undo(deleted)
    undo(merged.change)

    assert searched(user) == {ada.pk: 2, bea.pk: 2}


def test_a_photo_added_again_stands_in_the_way_of_the_deleted_one(user):
    ada = known(user, 1, photos=1)
    change = services.anchor_delete(anchor=present(ada.cover))
    again = add(ada, make_face(1))

    with pytest.raises(ActionNotAllowed, match="added again"):
        undo(change)
    assert list(ada.anchors.all()) == [again]


def test_a_photo_moved_on_stands_in_the_way_of_the_first_move(user):
    ada, bea, cy = (known(user, n, name=name) for n, name in enumerate(("A", "B", "C")))
    anchor = present(ada.anchors.first())
    first = services.anchor_move(anchor=anchor, person=bea).change
    second = services.anchor_move(anchor=anchor, person=cy).change

    with pytest.raises(ActionNotAllowed, match="moved or deleted"):
        undo(first)
    undo(second)
    undo(first)

    assert set(searched(user).values()) == {2}


def test_a_split_person_with_more_photos_is_not_undone_away(user):
    ada = known(user, 1, photos=2)
    new = services.person_split(owner=user, person=ada, anchors=[present(ada.cover_id)], name="Bea")
    add(new, make_face(2))

    with pytest.raises(ActionNotAllowed, match="Merge the two people instead"):
        undo(new.change)
    assert searched(user) == {ada.pk: 1, new.pk: 2}


def test_nobody_undoes_the_change_of_another_or_one_that_is_not_there(user, stranger):
    change = services.person_delete(person=known(user, 1, photos=1))

    for owner, id in ((stranger, change.pk), (user, uuid4())):
        with pytest.raises(ActionNotAllowed):
            services.change_undo(owner=owner, change_id=id)
    assert not Person.objects.exists()


def test_after_the_time_rows_and_files_are_erased(user, django_capture_on_commit_callbacks):
    ada, bea = known(user, 1, photos=1), known(user, 2, photos=1, name="Bea")
    gone, kept = present(ada.cover), present(bea.cover)
    old, young = services.person_delete(person=ada), services.anchor_delete(anchor=kept)
    expire(old)

    with django_capture_on_commit_callbacks(execute=True):
        tasks.erase_expired()

    assert list(Change.objects.all()) == [young]
    assert list(Anchor.all_objects.all()) == [kept]
    assert files_of(gone) == set()
    assert files_of(kept) == {"image", "crop"}
    with pytest.raises(ActionNotAllowed, match="nothing to undo"):
        undo(old)


def test_an_undone_change_erases_nothing_when_its_time_is_over(
    user, django_capture_on_commit_callbacks
):
    ada = known(user, 1, photos=1)
    change = services.person_delete(person=ada)
    undo(change)
    expire(change)

    with django_capture_on_commit_callbacks(execute=True):
        tasks.erase_expired()

    assert not Change.objects.exists()
    assert files_of(ada.cover) == {"image", "crop"}
    assert searched(user) == {ada.pk: 1}


def test_the_files_of_a_hidden_anchor_are_not_taken_for_lost_ones(user, monkeypatch):
    anchor = present(known(user, 1, photos=1).cover)
    services.anchor_delete(anchor=anchor)
    monkeypatch.setattr("verification.jobs.files.SAFE_AGE", timedelta(0))

    prune_files(Anchor)

    assert files_of(anchor) == {"image", "crop"}


def test_an_account_that_is_erased_takes_the_hidden_with_it(
    user, django_capture_on_commit_callbacks
):
    ada = known(user, 1, photos=2)
    first, second = ada.anchors.all()
    services.anchor_delete(anchor=first)
    services.person_delete(person=ada)

    with django_capture_on_commit_callbacks(execute=True):
        user.delete()

    assert not Anchor.all_objects.exists() and not Change.objects.exists()
    assert files_of(first) == files_of(second) == set()
