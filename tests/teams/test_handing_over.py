"""A gallery gets another owner: handed over, or because its owner closes the account."""

import pytest

from faceverify.api.errors import QuotaExceeded
from tests.support.audit import told
from tests.support.clients import browser
from tests.support.people import anchor, person
from tests.support.photos import photo
from tests.support.rows import verification
from tests.support.teams import member, shared
from verification.gallery import services as gallery_services
from verification.gallery.access import galleries_for, people_for
from verification.gallery.gallery_models import Gallery
from verification.jobs.files import prune_files
from verification.jobs.services import ActionNotAllowed
from verification.jobs.storage import bytes_stored
from verification.models import (
    Anchor,
    GalleryCalibration,
    Membership,
    Person,
    Receipt,
    Verification,
)
from verification.retention.account import account_close
from verification.teams.handing_over import galleries_shared_by, gallery_hand_over
from verification.teams.services import member_remove, member_set_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(user):
    return shared(user)


@pytest.fixture
def ada(user, team):
    ada = person(user, "Ada", gallery=team)
    anchor(ada, seed=11)
    return ada


@pytest.fixture
def third(django_user_model):
    return django_user_model.objects.create_user("third@example.org", "correct horse 9")


def hand_over(team, to):
    return gallery_hand_over(gallery=team, to=to, by=team.owner)


def test_everything_in_it_belongs_to_the_other_then_and_counts_there(team, ada, user, stranger):
    member(team, stranger, "owner")
    calibration = GalleryCalibration.objects.create(owner=user, gallery=team)
    stored = bytes_stored(owner_id=user.pk)

    hand_over(team, stranger)

    for row in (team, ada, ada.anchors.get(), calibration):
        row.refresh_from_db()
        assert row.owner_id == stranger.pk
    assert (bytes_stored(owner_id=user.pk), bytes_stored(owner_id=stranger.pk)) == (0, stored)
    assert Membership.objects.get().user == user
    assert people_for(user, "owner").get() == ada


def test_photos_can_be_seen_and_are_not_pruned_where_they_are(team, ada, user, stranger):
    member(team, stranger, "owner")
    hand_over(team, stranger)

    assert prune_files(Anchor) == 0

    page = browser(stranger).get(f"/photos/{ada.anchors.get().pk}/image.jpg")
    assert page.status_code == 200
    change = gallery_services.anchor_delete(anchor=Anchor.objects.get(), erase=True)
    assert change.pk is None
    assert not Anchor.all_objects.exists()


def test_a_deletion_before_can_be_undone_by_the_new_owner(team, ada, user, stranger):
    change = gallery_services.person_delete(person=ada)
    member(team, stranger, "owner")
    hand_over(team, stranger)

    gallery_services.change_undo(owner=stranger, change_id=change.pk)

    assert people_for(stranger).get() == ada


def test_the_default_gallery_keeps_its_name_and_its_former_owner_gets_another(user, stranger):
    ada = person(user, "Ada")
    member(ada.gallery, stranger, "owner")

    hand_over(ada.gallery, stranger)

    assert Gallery.objects.get(pk=ada.gallery_id).called == "My gallery"
    assert Gallery.default_of(user.pk).pk != ada.gallery_id
    assert Gallery.default_of(stranger.pk).pk != ada.gallery_id


@pytest.mark.parametrize("role", ["viewer", "reviewer", "editor"])
def test_only_an_owner_can_get_it(team, stranger, role):
    member(team, stranger, role)

    with pytest.raises(ActionNotAllowed):
        hand_over(team, stranger)


def test_only_the_account_it_belongs_to_can_hand_it_over(team, stranger, third):
    member(team, stranger, "owner")
    member(team, third, "owner")

    with pytest.raises(ActionNotAllowed):
        gallery_hand_over(gallery=team, to=third, by=stranger)


def test_who_has_left_meanwhile_does_not_get_it(team, user, stranger):
    member(team, stranger, "owner")
    member_remove(gallery=team, user_id=stranger.pk, by=stranger)

    with pytest.raises(ActionNotAllowed):
        hand_over(team, stranger)

    team.refresh_from_db()
    assert team.owner == user


def test_who_is_closing_the_account_does_not_get_it(team, stranger):
    member(team, stranger, "owner")
    stranger.is_active = False
    stranger.save()

    with pytest.raises(ActionNotAllowed, match="closed"):
        hand_over(team, stranger)


def test_there_has_to_be_room_for_the_photos(team, ada, stranger):
    member(team, stranger, "owner")
    verification(stranger)
    stranger.quota_megabytes = 1
    stranger.save()
    Anchor.objects.update(image_bytes=2 * 1024**2)

    with pytest.raises(QuotaExceeded):
        hand_over(team, stranger)


def test_photos_that_a_member_adds_count_with_the_owner(team, ada, user, stranger):
    member(team, stranger, "editor")
    before = bytes_stored(owner_id=user.pk)

    gallery_services.anchor_add(person=people_for(stranger).get(), data=photo(12))

    assert bytes_stored(owner_id=user.pk) > before
    assert bytes_stored(owner_id=stranger.pk) == 0


def test_a_gallery_with_the_same_outside_id_is_in_the_way(team, stranger):
    Gallery.objects.filter(pk=team.pk).update(external_id="door")
    shared(stranger, "Other")
    Gallery.objects.filter(owner=stranger).update(external_id="door")
    member(team, stranger, "owner")

    with pytest.raises(ActionNotAllowed, match="external id"):
        hand_over(team, stranger)


def test_the_gallery_of_a_closed_account_goes_to_the_first_who_agreed(
    team, ada, user, stranger, third, django_capture_on_commit_callbacks
):
    member(team, third, "owner")
    member(team, stranger, "owner", takes_over=True)
    last = type(user).objects.create_user("last@example.org")
    member(team, last, "owner", takes_over=True)
    private = person(user, "Bea")
    anchor(private, seed=13)
    assert galleries_shared_by(owner=user) == [(team, stranger)]

    with django_capture_on_commit_callbacks(execute=True):
        receipt = account_close(owner=user, seconds=60)

    ada.refresh_from_db()
    assert (ada.owner, ada.gallery.owner) == (stranger, stranger)
    assert not Person.objects.filter(pk=private.pk).exists()
    assert browser(stranger).get(f"/photos/{ada.anchors.get().pk}/image.jpg").status_code == 200
    assert people_for(third, "owner").get() == ada
    told_counts = Receipt.objects.get(pk=receipt).counts
    assert (told_counts["people"], told_counts["anchors"]) == (1, 1)
    assert {each.account for each in told(action="team.handed_over")} == {user.pk, stranger.pk}


def test_without_anybody_who_agreed_it_is_erased_with_a_receipt(team, ada, user, stranger):
    member(team, stranger, "owner")
    assert galleries_shared_by(owner=user) == [(team, None)]

    receipt = account_close(owner=user, seconds=60)

    assert not Gallery.objects.filter(pk=team.pk).exists()
    assert not galleries_for(stranger).filter(pk=team.pk).exists()
    assert Receipt.objects.get(pk=receipt).counts["people"] == 1


def test_the_members_lose_it_with_the_request_even_if_erasing_takes_longer(
    team, ada, user, stranger
):
    member(team, stranger, "editor")

    account_close(owner=user, seconds=-1)

    assert Person.objects.filter(pk=ada.pk).exists()  # erased by the workers
    assert not people_for(stranger).exists()


def test_closing_leaves_the_galleries_of_others(team, ada, user, stranger):
    member(team, stranger, "owner", takes_over=True)
    verdict = verification(stranger, "done", person=ada)

    account_close(owner=stranger, seconds=60)

    assert people_for(user).get() == ada
    assert not Membership.objects.exists()
    assert not Verification.objects.filter(pk=verdict.pk).exists()


def test_two_owners_who_close_one_after_the_other_leave_it_to_nobody(team, ada, user, stranger):
    member(team, stranger, "owner", takes_over=True)

    account_close(owner=user, seconds=60)
    account_close(owner=stranger, seconds=60)

    assert not Gallery.objects.filter(pk=team.pk).exists()
    assert not Person.objects.exists()


def test_who_was_made_less_has_not_agreed_any_more(team, ada, user, stranger):
    member(team, stranger, "owner", takes_over=True)
    member_set_role(gallery=team, user_id=stranger.pk, role="editor", by=user)
    member_set_role(gallery=team, user_id=stranger.pk, role="owner", by=user)

    account_close(owner=user, seconds=60)

    assert not Gallery.objects.filter(pk=team.pk).exists()


def test_the_page_that_closes_says_who_gets_it(team, owner, stranger):
    member(team, stranger, "owner", takes_over=True)

    page = owner.get("/account/close/").content.decode()

    assert "Team goes to stranger@example.org" in page
