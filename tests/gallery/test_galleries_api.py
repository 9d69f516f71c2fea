"""/api/v1/galleries/, and what names a gallery elsewhere."""

import pytest

from accounts.services import api_key_create
from faceverify.api.scopes import Scope
from tests.support.clients import program
from tests.support.people import anchor, person, upload
from tests.support.problems import assert_problem
from verification.gallery import galleries, services
from verification.models import Anchor, Gallery, GalleryImport, Person, Verification

pytestmark = pytest.mark.django_db


@pytest.fixture
def choir(user) -> Gallery:
    return galleries.create_gallery(owner=user, name="Choir", external_id="c")


@pytest.fixture
def bound(user, choir):
    """A program whose key is bound to the choir and may do everything there."""
    return program(user, scopes=Scope.values, gallery=choir.pk)


def test_a_new_account_has_a_default_gallery_and_makes_others(api):
    (default,) = api.get("/api/v1/galleries/").json()["results"]
    assert (default["is_default"], default["people_count"]) == (True, 0)

    made = api.post("/api/v1/galleries/", {"name": "Choir", "external_id": "c"}, format="json")
    assert made.status_code == 201 and made.json()["name"] == "Choir"
    (found,) = api.get("/api/v1/galleries/?external_id=c").json()["results"]
    assert found["id"] == made.json()["id"]
    again = api.post("/api/v1/galleries/", {"name": "Band", "external_id": "c"}, format="json")
    assert_problem(again, 400, "invalid")
    renamed = api.patch(made["Location"], {"name": "Band"}, format="json").json()
    assert (renamed["name"], renamed["external_id"]) == ("Band", "c")


def test_a_gallery_with_people_is_deleted_only_by_asking_for_it(api, user, choir):
    anchor(services.person_create(owner=user, gallery=choir, name="Bea"))
    url = f"/api/v1/galleries/{choir.pk}/"

    assert_problem(api.delete(url), 409, "conflict")
    assert api.delete(f"{url}?erase=true").status_code == 204
    assert not Person.all_objects.exists()


def test_people_are_made_found_moved_and_copied_by_gallery(api, user, choir):
    sent = {"name": "Bea", "gallery": str(choir.pk), "external_id": "7", "metadata": {"seat": 3}}
    bea = api.post("/api/v1/people/", sent, format="json").json()
    ada = person(user)
    assert (bea["gallery"], bea["external_id"], bea["metadata"]) == (
        str(choir.pk),
        "7",
        {"seat": 3},
    )

    def there(query: str) -> list[str]:
        return [row["name"] for row in api.get(f"/api/v1/people/?{query}").json()["results"]]

    assert there(f"gallery={choir.pk}") == there("external_id=7") == ["Bea"]
    moved = api.patch(f"/api/v1/people/{ada.pk}/", {"gallery": str(choir.pk)}, format="json")
    assert moved.json()["gallery"] == str(choir.pk)
    home = str(Gallery.objects.get(is_default=True).pk)
    url = f"/api/v1/people/{bea['id']}/copy/"
    copied = api.post(url, {"gallery": home}, format="json").json()
    assert (copied["gallery"], copied["external_id"]) == (home, "7")
    assert_problem(api.post(url, {"gallery": home}, format="json"), 400, "invalid")


def test_faces_of_a_photo_are_added_without_a_name_and_given_one(api, user, choir):
    url = f"/api/v1/galleries/{choir.pk}/anchors/"
    added = api.post(url, {"image": upload(1), "faces": [0, 1], "external_id": "img"})
    assert added.status_code == 202
    first, second = added.json()
    assert first["person"] is None and first["photo_id"] == second["photo_id"]
    assert (
        api.post(url, {"image": upload(1), "faces": [1], "external_id": "img"}).status_code == 200
    )
    found = api.get(f"{url}?nameless=true&external_id=img").json()["results"]
    assert {row["id"] for row in found} == {first["id"], second["id"]}

    bea = services.person_create(owner=user, gallery=choir, name="Bea")
    one = f"/api/v1/anchors/{first['id']}/"
    assert api.patch(one, {"person": str(bea.pk)}, format="json").json()["person"] == str(bea.pk)
    assert api.patch(one, {"person": None}, format="json").json()["person"] is None
    changed = api.patch(one, {"metadata": {"door": 2}}, format="json").json()
    assert changed["metadata"] == {"door": 2}
    both = api.patch(one, {"person": None, "metadata": {}}, format="json")
    assert_problem(both, 400, "invalid")


def test_searches_and_imports_name_their_gallery(api, user, choir):
    anchor(services.person_create(owner=user, gallery=choir, name="Bea"))

    sent = api.post("/api/v1/identifications/", {"probe": upload(3), "gallery": str(choir.pk)})
    assert sent.json()["gallery"] == str(choir.pk)
    assert_problem(api.post("/api/v1/identifications/", {"probe": upload(3)}), 400, "invalid")
    assert api.get(f"/api/v1/calibration/?gallery={choir.pk}").json()["people"] == 1
    assert api.get("/api/v1/calibration/").json()["people"] == 0
    job = api.post(f"/api/v1/exports/?gallery={choir.pk}").json()
    assert job["gallery"] == str(choir.pk)


def test_a_gallery_of_somebody_else_is_not_there(user, stranger, choir):
    theirs = program(stranger, scopes=Scope.values)

    for answer in (
        theirs.get(f"/api/v1/galleries/{choir.pk}/"),
        theirs.get(f"/api/v1/people/?gallery={choir.pk}"),
        theirs.post("/api/v1/people/", {"name": "Eve", "gallery": str(choir.pk)}, format="json"),
        theirs.post(f"/api/v1/exports/?gallery={choir.pk}"),
        theirs.post("/api/v1/identifications/", {"probe": upload(3), "gallery": str(choir.pk)}),
    ):
        assert_problem(answer, 404, "not_found")


def test_a_key_of_one_gallery_sees_and_changes_nothing_else(user, choir, bound):
    ada = person(user)
    stored = anchor(ada)
    bea = bound.post("/api/v1/people/", {"name": "Bea"}, format="json").json()
    assert bea["gallery"] == str(choir.pk)

    assert [row["id"] for row in bound.get("/api/v1/people/").json()["results"]] == [bea["id"]]
    (only,) = bound.get("/api/v1/galleries/").json()["results"]
    assert only["id"] == str(choir.pk)
    for path in (
        f"people/{ada.pk}/", f"anchors/{stored.pk}/", f"galleries/{ada.gallery_id}/",
        f"people/?gallery={ada.gallery_id}",
    ):  # fmt: skip
        assert_problem(bound.get(f"/api/v1/{path}"), 404, "not_found")
    probe = {"probe": upload(3), "reference_from": f"anchor:{stored.pk}"}
    assert_problem(bound.post("/api/v1/verifications/", probe), 404, "not_found")
    for path in ("keys/", "webhooks/", "usage/", "retention/", "batches/", "audit/"):
        assert_problem(bound.get(f"/api/v1/{path}"), 403, "key_of_one_gallery")
    assert_problem(
        bound.post("/api/v1/galleries/", {"name": "More"}, format="json"), 409, "conflict"
    )


def test_a_key_of_one_gallery_reads_only_the_verdicts_that_it_asked_for_there(user, choir, bound):
    api = program(user, scopes=Scope.values)
    pair = {"probe": upload(1), "reference": upload(2)}
    elsewhere = api.post("/api/v1/verifications/", pair).json()["id"]
    here = bound.post("/api/v1/verifications/", {"probe": upload(3), "reference": upload(4)}).json()

    listed = bound.get("/api/v1/verifications/").json()["results"]
    assert [row["id"] for row in listed] == [here["id"]]
    assert_problem(bound.get(f"/api/v1/verifications/{elsewhere}/"), 404, "not_found")
    assert Verification.objects.get(pk=here["id"]).gallery == choir


def test_a_key_is_bound_when_it_is_made_and_ends_with_its_gallery(user, choir, stranger):
    api = program(user, scopes=Scope.values)
    sent = {"name": "door", "gallery": str(choir.pk)}
    made = api.post("/api/v1/keys/", sent, format="json").json()
    assert made["gallery"] == str(choir.pk)
    url = f"/api/v1/keys/{made['id']}/"
    assert_problem(api.patch(url, {"gallery": None}, format="json"), 400, "invalid")
    followed = api.post(f"{url}rotate/", {}, format="json").json()
    assert followed["gallery"] == str(choir.pk)
    theirs = program(stranger, scopes=Scope.values).post("/api/v1/keys/", sent, format="json")
    assert_problem(theirs, 400, "invalid")

    galleries.delete_gallery(gallery=choir)

    assert api.get(f"/api/v1/keys/{followed['id']}/").json()["is_active"] is False


def test_an_import_goes_into_the_gallery_that_is_named(user, bound, choir):
    from tests.support.things import plain_file, zipped

    bound.post("/api/v1/imports/", {"archive": plain_file(zipped())})

    assert GalleryImport.objects.get().gallery == choir
    assert not Anchor.objects.exists()
    key, _secret = api_key_create(owner=user, name="wide")
    assert key.gallery is None
