"""What members make of a gallery: whose it is, what is erased with a person, what a role lost in the middle of a
write does."""

import io
import json
import zipfile

import pytest

from tests.support.clients import browser, program
from tests.support.people import anchor, person, upload
from tests.support.photos import photo
from tests.support.rows import verification
from tests.support.submissions import submit_identify
from tests.support.teams import member, shared
from verification import engine
from verification.gallery.access import people_for
from verification.gallery_io.services import export_create
from verification.jobs.claims import claim
from verification.live.services import LiveRequest, session_create
from verification.models import AccountExport, Anchor, GalleryExport, Person, Receipt, Verification
from verification.retention.people import Traces, person_erase_everywhere
from verification.retention.takeout import as_download, export_account
from verification.reviews.services import review_set
from verification.teams.services import member_remove, member_set_role

pytestmark = pytest.mark.django_db

ENTRY = {"similarity": 0.8, "probability": 0.9, "outcome": "match"}


@pytest.fixture
def team(user):
    return shared(user)


@pytest.fixture
def ada(user, team):
    ada = person(user, "Ada Lovelace", gallery=team)
    anchor(ada, seed=11)
    return ada


@pytest.fixture
def verdict(team, ada, stranger):
    """A member's, which names Ada as one of those in the gallery."""
    member(team, stranger, "editor")
    return verification(
        stranger,
        "done",
        kind="identify",
        gallery=team,
        title="Ada Lovelace at the gate",
        candidates=[ENTRY | {"person_id": str(ada.pk), "name": "Ada Lovelace"}],
    )


def test_verdicts_belong_to_who_made_them(owner, ada, verdict, stranger):
    assert owner.get(f"/verifications/{verdict.pk}/").status_code == 404
    assert browser(stranger).get(f"/verifications/{verdict.pk}/").status_code == 200


def test_erasing_somebody_takes_them_out_of_what_members_have(user, team, ada, verdict, stranger):
    review_set(verification=verdict, answer="right", note="Ada Lovelace, of course")
    own = verification(stranger, "done", title="Ada Lovelace of my own gallery")
    session = session_create(LiveRequest(owner=stranger, task="verify", person=ada))
    export_create(owner=stranger, gallery=team)
    expected = Traces(ada).counts()

    receipt = person_erase_everywhere(owner=user, person=ada)

    verdict.refresh_from_db()
    assert verdict.candidates == [ENTRY | {"person_id": None, "name": ""}]
    assert not verdict.probe_image
    assert verdict.title == "[erased] at the gate"
    assert verdict.review.note == "[erased], of course"
    own.refresh_from_db()
    assert (own.title, bool(own.probe_image)) == ("Ada Lovelace of my own gallery", True)
    session.refresh_from_db()
    assert session.state == "refused"
    assert not GalleryExport.objects.exists()
    assert receipt.counts["exports"] == expected["exports"] == 1


def test_it_does_so_also_for_former_members(user, team, ada, verdict, stranger):
    member_remove(gallery=team, user_id=stranger.pk, by=user)

    person_erase_everywhere(owner=user, person=ada)

    verdict.refresh_from_db()
    assert "Ada" not in verdict.title + str(verdict.candidates)


def test_an_owner_by_role_may_erase_and_the_receipt_is_that_of_the_account(
    team, ada, user, stranger
):
    member(team, stranger, "owner")

    receipt = person_erase_everywhere(owner=stranger, person=ada)

    assert receipt in Receipt.objects.filter(reason="request")
    assert browser(user).get("/account/receipts/").content.decode().count(str(receipt.pk)) > 0


def test_merging_and_deleting_concern_the_verdicts_of_members(team, ada, user, stranger):
    member(team, stranger)
    verdict = verification(stranger, "done", kind="person", person=ada, person_name=ada.name)
    bea = person(user, "Bea", gallery=team)

    browser(user).post(f"/people/{bea.pk}/merge/", {"other": str(ada.pk)})

    verdict.refresh_from_db()
    assert (verdict.person, verdict.person_name) == (bea, "Bea")


def test_a_download_of_everything_holds_what_the_member_made_and_not_the_gallery(
    team, ada, verdict, stranger
):
    job = AccountExport.objects.create(owner=stranger)
    held = claim(AccountExport, pk=job.pk, worker=None)
    assert held is not None
    assert export_account(held)
    job.refresh_from_db()

    archive = zipfile.ZipFile(io.BytesIO(as_download(job).getvalue()))

    rows = {name: json.loads(archive.read(name)) for name in ("people.json", "verdicts.json")}
    assert rows["people.json"] == []
    assert [row["id"] for row in rows["verdicts.json"]] == [str(verdict.pk)]
    assert not [name for name in archive.namelist() if name.startswith("photos/people/")]
    (of_others,) = json.loads(archive.read("galleries-of-others.json"))
    assert of_others["gallery_id"] == str(team.pk)


def test_a_role_that_is_lowered_while_a_photo_is_cleaned_stores_nothing(
    team, ada, stranger, monkeypatch
):
    member(team, stranger, "editor")
    sanitize = engine.sanitize

    def meanwhile(data: bytes) -> bytes:
        member_set_role(gallery=team, user_id=stranger.pk, role="viewer", by=team.owner)
        return sanitize(data)

    monkeypatch.setattr(engine, "sanitize", meanwhile)

    answer = program(stranger).post(f"/api/v1/people/{ada.pk}/anchors/", {"image": upload(9)})

    assert answer.status_code == 403
    assert answer.json()["detail"].startswith("Your role in this gallery does not allow this.")
    assert Anchor.objects.count() == 1


def test_a_member_who_is_removed_while_a_comparison_runs_gets_no_verdict(team, ada, user, stranger):
    member(team, stranger)
    row = submit_identify(owner=stranger, probe=photo(5), gallery=team)
    held = claim(Verification, pk=row.pk, worker=None)
    assert held is not None

    member_remove(gallery=team, user_id=stranger.pk, by=user)

    assert not held.end("done", outcome="match", similarity=0.9, confidence=0.9, threshold=0.5)
    row.refresh_from_db()
    assert row.refusal_code == "gallery_not_shared"


def test_a_new_person_belongs_to_the_account_of_the_gallery(team, user, stranger):
    member(team, stranger, "editor")

    answer = program(stranger).post(
        "/api/v1/people/", {"name": "Cy", "gallery": str(team.pk)}, format="json"
    )

    assert answer.status_code == 201, answer.content
    assert Person.objects.get().owner == user
    assert people_for(user).get().name == "Cy"


def test_whose_consent_ends_soon_is_told_editors_and_not_viewers(team, ada, stranger):
    Person.objects.filter(pk=ada.pk).update(consent_until="2020-01-01")
    membership = member(team, stranger, "viewer")
    page = browser(stranger)
    assert "Consent has ended" not in page.get("/people/").content.decode()

    membership.role = "editor"
    membership.save()

    assert "Consent has ended" in page.get("/people/").content.decode()


def test_a_member_sees_whose_gallery_it_is_and_the_role_in_it(user, stranger):
    theirs = person(user, "Ada").gallery  # the default one, which has no name
    member(theirs, stranger, "reviewer")

    page = browser(stranger).get("/galleries/").content.decode()
    told = program(stranger).get(f"/api/v1/galleries/{theirs.pk}/").json()

    assert "of owner@example.org" in page
    assert (told["role"], told["owner"], told["is_default"]) == ("reviewer", str(user.pk), False)


def test_anothers_default_gallery_is_not_meant_where_none_is_named(user, stranger):
    theirs = person(user, "Ada").gallery
    member(theirs, stranger, "editor")

    program(stranger).post("/api/v1/people/", {"name": "Bea"}, format="json")
    page = browser(stranger).get(f"/people/?gallery={theirs.pk}").content.decode()

    assert Person.objects.get(name="Bea").owner == stranger
    assert f"?gallery={theirs.pk}" in page
