"""Several galleries in an account: what one holds no search in another finds."""

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404

from tests.support.embedded import add, embedded, finished, known
from tests.support.faces import make_face
from tests.support.people import anchor, person
from tests.support.photos import photo
from tests.support.present import present
from tests.support.submissions import submit_identify, submit_person
from verification.gallery import galleries, services
from verification.gallery.access import (
    anchors_for,
    default_gallery,
    galleries_for,
    gallery_for,
    people_for,
)
from verification.jobs.services import ActionNotAllowed
from verification.models import Anchor, Gallery, Person, Verification
from verification.photos.storage import private_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def choir(user) -> Gallery:
    return galleries.create_gallery(owner=user, name="Choir", external_id="choir-1")


def test_everybody_is_in_the_default_gallery_unless_another_is_named(user, choir):
    ada = person(user)
    bea = services.person_create(owner=user, gallery=choir, name="Bea")

    assert ada.gallery == default_gallery(user) != choir
    assert anchor(bea).gallery == bea.gallery == choir
    assert set(galleries_for(user)) == {default_gallery(user), choir}


def test_a_gallery_is_nobody_elses(user, stranger, choir):
    anchor(services.person_create(owner=user, gallery=choir, name="Bea"))

    assert not people_for(stranger).exists() and not anchors_for(stranger).exists()
    with pytest.raises(Http404):
        gallery_for(stranger, choir.pk)


def test_a_key_bound_to_a_gallery_sees_and_makes_nothing_elsewhere(user, choir):
    ada = person(user)
    user.bound_gallery = choir.pk

    bea = services.person_create(owner=user, name="Bea")

    assert default_gallery(user) == bea.gallery == choir
    assert list(people_for(user)) == [bea]
    with pytest.raises(Http404):
        gallery_for(user, ada.gallery_id)


def test_an_outside_id_names_one_gallery_and_one_person_in_it(user, choir):
    services.person_create(owner=user, gallery=choir, name="Bea", external_id="7")
    services.person_create(owner=user, name="Bea", external_id="7")

    with pytest.raises(ValidationError, match="id"):
        galleries.create_gallery(owner=user, name="Another", external_id="choir-1")
    with pytest.raises(ValidationError, match="id"):
        services.person_create(owner=user, gallery=choir, name="Cy", external_id="7")


def test_a_search_looks_in_its_gallery_alone(user, choir):
    known(user, 1)
    bea = services.person_create(owner=user, gallery=choir, name="Bea")
    add(bea, make_face(2, 0))

    here = finished(submit_identify(owner=user, probe=make_face(2, 5)))
    there = finished(submit_identify(owner=user, probe=make_face(2, 5), gallery=choir))

    assert (here.outcome, here.candidates[0]["name"]) == ("no_match", "Ada")
    assert (there.outcome, there.candidates[0]["person_id"]) == ("match", str(bea.pk))
    assert there.gallery == choir


def test_a_search_whose_gallery_is_deleted_finds_nobody(user, choir):
    known(user, 1)
    add(services.person_create(owner=user, gallery=choir, name="Bea"), make_face(2, 0))
    waiting = submit_identify(owner=user, probe=make_face(1, 5), gallery=choir)

    galleries.delete_gallery(gallery=choir)

    assert finished(waiting).refusal_code == "gallery_empty"


def test_people_who_move_keep_everything_and_are_found_there_only(user, choir):
    ada = known(user, 1)
    services.anchor_delete(anchor=present(ada.anchors.first()))

    assert galleries.move_people(people=[ada], gallery=choir) == 1

    ada.refresh_from_db()
    assert ada.gallery == choir
    assert set(Anchor.all_objects.values_list("gallery", flat=True)) == {choir.pk}
    verdict = finished(submit_identify(owner=user, probe=make_face(1, 5), gallery=choir))
    assert verdict.candidates[0]["person_id"] == str(ada.pk)
    with pytest.raises(ValidationError, match="no photos"):
        submit_identify(owner=user, probe=make_face(1, 5))


def test_people_do_not_move_into_somebody_elses_gallery(user, stranger):
    ada = person(user)

    with pytest.raises(ActionNotAllowed, match="copy"):
        galleries.move_people(people=[ada], gallery=default_gallery(stranger))

    ada.refresh_from_db()
    assert ada.gallery == default_gallery(user)


def test_a_copy_is_a_person_of_its_own_with_files_of_its_own(user, choir):
    ada = known(user, 1, photos=1)
    services.person_update(person=ada, tags=["alto"], external_id="7", metadata={"seat": 3})

    (copy,) = galleries.copy_people(people=[ada], gallery=choir)
    services.person_delete(person=ada, erase=True)

    assert (copy.name, copy.tags, copy.external_id, copy.metadata) == (
        "Ada", ["alto"], "7", {"seat": 3}
    )  # fmt: skip
    verdict = finished(submit_identify(owner=user, probe=make_face(1, 5), gallery=choir))
    assert verdict.candidates[0]["person_id"] == str(copy.pk)
    with copy.anchors.get().image.open("rb") as file:
        assert file.read()


def meanwhile(monkeypatch, change) -> None:
    """Do this once the first photo's files are copied."""
    copied, changes = galleries._copy_anchor, [change]

    def copy_anchor(row, *others):
        copy = copied(row, *others)
        if changes:
            changes.pop()()
        return copy

    monkeypatch.setattr(galleries, "_copy_anchor", copy_anchor)


@pytest.mark.parametrize("erase", [False, True])
def test_somebody_deleted_while_they_are_copied_is_not_brought_back(
    user, choir, monkeypatch, erase
):
    ada = person(user)
    anchor(ada)
    meanwhile(monkeypatch, lambda: services.person_delete(person=ada, erase=erase))

    with pytest.raises(ActionNotAllowed, match="not in your gallery any more"):
        galleries.copy_people(people=[ada], gallery=choir)

    assert not Person.all_objects.filter(gallery=choir).exists()
    assert not Anchor.all_objects.filter(gallery=choir).exists()


def test_a_photo_deleted_while_its_person_is_copied_is_not_in_the_copy(user, choir, monkeypatch):
    ada = person(user)
    gone, stays = anchor(ada, seed=1), anchor(ada, seed=2)
    meanwhile(monkeypatch, lambda: services.anchor_delete(anchor=gone, erase=True))

    (copy,) = galleries.copy_people(people=[ada], gallery=choir)

    assert copy.anchors.get().content_sha256 == stays.content_sha256


def test_deleting_a_gallery_erases_its_people_and_files_and_nothing_else(
    user, choir, django_capture_on_commit_callbacks
):
    ada = known(user, 1, photos=1)
    bea = services.person_create(owner=user, gallery=choir, name="Bea")
    gone = anchor(bea)
    services.anchor_delete(anchor=anchor(bea, seed=2))

    with django_capture_on_commit_callbacks(execute=True):
        counts = galleries.delete_gallery(gallery=choir)

    assert counts == {"people": 1, "anchors": 1}
    assert list(Person.all_objects.all()) == [ada]
    assert not private_files().exists(str(gone.image.name))
    with pytest.raises(ActionNotAllowed, match="default"):
        galleries.delete_gallery(gallery=default_gallery(user))


def test_people_of_two_galleries_are_not_merged(user, choir):
    ada, bea = person(user), services.person_create(owner=user, gallery=choir, name="Bea")
    moved = anchor(ada)

    with pytest.raises(ActionNotAllowed, match="different galleries"):
        services.people_merge(owner=user, into=ada, other=bea)
    with pytest.raises(ActionNotAllowed, match="different galleries"):
        services.anchor_move(anchor=moved, person=bea)


def test_faces_of_one_photo_are_anchors_that_know_they_belong_together(user, choir):
    first, second = services.anchors_add(gallery=choir, data=photo(1), faces=[0, 1])
    again = services.anchors_add(gallery=choir, data=photo(1), faces=[1, 2])

    assert first.photo_id == second.photo_id == again[1].photo_id
    assert (again[0].pk, again[0].is_new, again[1].is_new) == (second.pk, False, True)
    named = services.anchor_add(gallery=choir, data=photo(1), face_index=0, external_id="x")
    assert named.is_new


def test_a_face_without_a_name_is_given_to_somebody_taken_again_and_deleted(user, choir):
    bea = services.person_create(owner=user, gallery=choir, name="Bea")
    face = embedded(services.anchor_add(gallery=choir, data=make_face(2, 0)))
    assert (face.state, face.person) == ("ready", None)

    given = services.anchors_give(anchors=[face], to=bea)
    assert bea.anchors.get() == face
    services.change_undo(owner=user, change_id=given.pk)
    assert Anchor.objects.get(person=None) == face

    services.anchors_give(anchors=[face], to=bea)
    taken = services.anchors_take(person=bea, anchors=[face])
    assert not bea.anchors.exists()
    services.change_undo(owner=user, change_id=taken.pk)
    assert bea.anchors.get() == face

    services.anchors_take(person=bea, anchors=[face])
    face.refresh_from_db()
    deleted = services.anchor_delete(anchor=face)
    assert not Anchor.objects.exists()
    services.change_undo(owner=user, change_id=deleted.pk)
    assert Anchor.objects.get() == face


def test_a_face_without_a_name_is_nobody_whom_a_search_names(user, choir):
    bea = services.person_create(owner=user, gallery=choir, name="Bea")
    add(bea, make_face(2, 0))
    embedded(services.anchor_add(gallery=choir, data=make_face(1, 0)))

    verdict: Verification = finished(
        submit_identify(owner=user, probe=make_face(1, 5), gallery=choir)
    )

    assert [row["name"] for row in verdict.candidates] == ["Bea"]
    assert verdict.outcome == "no_match"


def test_what_compares_with_a_gallery_is_as_strict_as_it_says_unless_told_otherwise(user, choir):
    bea = services.person_create(owner=user, gallery=choir, name="Bea")
    anchor(bea)
    galleries.set_false_match_rate(gallery=choir, rate=1e-4)
    bea.refresh_from_db()

    searched = submit_identify(owner=user, probe=photo(5), gallery=choir)
    verified = submit_person(owner=user, probe=photo(5), person=bea)
    told = submit_identify(owner=user, probe=photo(5), gallery=choir, false_match_rate=1e-2)

    assert (searched.false_match_rate, verified.false_match_rate) == (1e-4, 1e-4)
    assert told.false_match_rate == 1e-2
    with pytest.raises(ValidationError):
        galleries.set_false_match_rate(gallery=choir, rate=0.3)
