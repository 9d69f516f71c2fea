"""Who is removed, or leaves, has access to nothing from that moment on."""

import pytest

from accounts.models import ApiKey
from accounts.services import api_key_create
from faceverify.api.models import AnswerId, IdempotentRequest
from tests.support.audit import told
from tests.support.clients import browser, program
from tests.support.people import anchor, person, upload
from tests.support.photos import photo
from tests.support.rows import verification
from tests.support.submissions import submit_identify
from tests.support.teams import member, shared
from verification.gallery.access import people_for
from verification.gallery.membership_models import Membership
from verification.gallery_io.services import export_create
from verification.jobs.claims import claim
from verification.live.services import LiveRequest, session_create
from verification.models import GalleryExport, GalleryImport, LiveSession, Verification
from verification.retention.replay import replay_erasures
from verification.teams.services import member_remove, member_set_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(user):
    return shared(user)


@pytest.fixture
def ada(user, team):
    ada = person(user, "Ada", gallery=team)
    anchor(ada)
    return ada


def remove(team, stranger):
    member_remove(gallery=team, user_id=stranger.pk, by=team.owner)


def test_pages_that_are_open_and_keys_end_with_the_next_request(team, ada, stranger):
    member(team, stranger, "editor")
    page, key = browser(stranger), program(stranger)
    photo_of_ada = ada.anchors.get()
    addresses = (f"/people/{ada.pk}/", f"/photos/{photo_of_ada.pk}/image.jpg")
    assert [page.get(url).status_code for url in addresses] == [200, 200]
    assert key.get(f"/api/v1/people/{ada.pk}/").status_code == 200

    remove(team, stranger)

    assert [page.get(url).status_code for url in addresses] == [404, 404]
    assert page.post(f"/people/{ada.pk}/delete/").status_code == 404
    assert key.get(f"/api/v1/people/{ada.pk}/").status_code == 404


def test_keys_that_are_bound_to_the_gallery_are_revoked_and_others_stay(team, stranger):
    member(team, stranger)
    bound, _secret = api_key_create(owner=stranger, name="gate")
    ApiKey.objects.filter(pk=bound.pk).update(gallery=team.pk)
    free, _secret = api_key_create(owner=stranger, name="own")

    remove(team, stranger)

    assert not ApiKey.objects.get(pk=bound.pk).is_active
    assert ApiKey.objects.get(pk=free.pk).is_active


def test_what_is_under_way_ends_and_verdicts_stay(team, ada, stranger):
    member(team, stranger, "editor")
    waiting = submit_identify(owner=stranger, probe=photo(5), gallery=team)
    running = submit_identify(owner=stranger, probe=photo(6), gallery=team)
    held = claim(Verification, pk=running.pk, worker=None)
    verdict = verification(stranger, "done", person=ada, person_name="Ada")
    private = verification(stranger)
    session = session_create(LiveRequest(owner=stranger, task="verify", person=ada))
    GalleryImport.objects.create(owner=stranger, gallery=team, size=1, file_name="a.zip")
    export_create(owner=stranger, gallery=team)

    remove(team, stranger)

    for row in (waiting, running, session):
        row.refresh_from_db()
        assert (row.state, row.refusal_code) == ("refused", "gallery_not_shared")
    assert held is not None
    assert not held.held.exists()
    assert Verification.objects.get(pk=verdict.pk).person_name == "Ada"
    assert Verification.objects.get(pk=private.pk).state == "pending"
    assert not GalleryImport.objects.exists()
    assert not GalleryExport.objects.exists()


def test_a_repeated_request_does_not_get_its_answer_of_before(team, ada, stranger):
    member(team, stranger)
    kept = IdempotentRequest.objects.create(owner=stranger, key="k", digest="d", status=200)
    AnswerId.objects.create(request=kept, value=ada.pk)
    other = IdempotentRequest.objects.create(owner=stranger, key="l", digest="d", status=200)

    remove(team, stranger)

    assert list(IdempotentRequest.objects.all()) == [other]


def test_a_verdict_of_a_former_member_does_not_lead_to_the_person(team, ada, stranger):
    member(team, stranger)
    verdict = verification(stranger, "done", person=ada, person_name="Ada", kind="person")
    remove(team, stranger)

    page = browser(stranger).get(f"/verifications/{verdict.pk}/")

    assert page.status_code == 200
    assert f'href="/people/{ada.pk}/"' not in page.content.decode()
    assert str(ada.anchors.get().pk) not in page.content.decode()


def test_an_editor_made_a_viewer_ends_what_only_editors_may_do(team, ada, stranger):
    member(team, stranger, "editor")
    enrol = session_create(LiveRequest(owner=stranger, task="enrol", person=ada))
    verify = session_create(LiveRequest(owner=stranger, task="verify", person=ada))
    export_create(owner=stranger, gallery=team)

    member_set_role(gallery=team, user_id=stranger.pk, role="viewer", by=team.owner)

    assert LiveSession.objects.get(pk=enrol.pk).state == "refused"
    assert LiveSession.objects.get(pk=verify.pk).state == "pending"
    assert not GalleryExport.objects.exists()


def test_a_restored_backup_does_not_let_anybody_in_again(team, stranger):
    before = Membership.objects.filter(pk=member(team, stranger).pk).values().get()
    remove(team, stranger)
    Membership.objects.create(**before)  # as the backup has it

    assert replay_erasures()["memberships"] == 1

    assert not Membership.objects.exists()


def test_who_looked_at_which_face_stands_in_both_logs(team, ada, stranger, user):
    member(team, stranger)
    photo_of_ada = ada.anchors.get()
    looking = browser(stranger)

    looking.get(f"/photos/{photo_of_ada.pk}/image.jpg")
    looking.get("/people/")

    seen = told(action="view.seen")
    of_photo = [each for each in seen if each.object_id == str(photo_of_ada.pk)]
    assert {each.account for each in of_photo} == {user.pk, stranger.pk}
    assert {each.actor for each in seen} == {stranger.pk}
    assert stranger.email in browser(user).get("/account/activity/").content.decode()


def test_what_a_member_deletes_stands_in_both_logs(team, ada, stranger, user):
    member(team, stranger, "editor")

    browser(stranger).post(f"/people/{ada.pk}/delete/")

    noted = [each for each in told(action="data.deleted") if each.object_id == str(ada.pk)]
    assert {(each.account, each.actor) for each in noted} == {
        (user.pk, stranger.pk),
        (stranger.pk, stranger.pk),
    }


def test_what_a_member_changes_stands_in_both_logs(team, ada, stranger, user):
    member(team, stranger, "editor")

    browser(stranger).post(f"/people/{ada.pk}/edit/", {"name": "Ada Byron"})
    program(stranger).post(f"/api/v1/people/{ada.pk}/anchors/", {"image": upload(9)})

    noted = [each for each in told(action="data.changed") if each.object_id == str(ada.pk)]
    assert sorted(str(each.account) for each in noted) == sorted(
        2 * [str(user.pk), str(stranger.pk)]
    )


def test_an_export_by_a_member_stands_in_both_logs(team, ada, stranger, user):
    member(team, stranger, "editor")

    program(stranger).post(f"/api/v1/exports/?gallery={team.pk}")

    noted = told(action="data.exported")
    assert {(each.account, each.actor) for each in noted} == {
        (user.pk, stranger.pk),
        (stranger.pk, stranger.pk),
    }


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_who_may_not_change_a_gallery_may_not_take_it_along(team, ada, stranger, role):
    member(team, stranger, role)
    key = program(stranger)

    answers = [
        key.post(f"/api/v1/exports/?gallery={team.pk}"),
        key.post(f"/api/v1/people/{ada.pk}/copy/", {"gallery": str(shared(stranger, "Own").pk)}),
    ]

    assert {answer.status_code for answer in answers} <= {403, 404}
    assert not GalleryExport.objects.exists()
    assert not people_for(stranger, "owner").exists()


def test_what_the_owner_looks_at_stands_in_one_log(team, ada, user, stranger):
    member(team, stranger)

    browser(user).get(f"/people/{ada.pk}/")

    assert {each.account for each in told(action="view.seen")} == {user.pk}
