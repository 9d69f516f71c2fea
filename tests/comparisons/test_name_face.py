"""/verifications/<id>/faces/<index>/: saying who a face of a group photo is"""

import pytest
from django.urls import reverse

from tests.support.found_faces import compared, face
from tests.support.photos import photo
from tests.support.rows import verification
from verification.comparisons.erasing import VerdictsOfPerson
from verification.gallery import services as gallery
from verification.models import Anchor, Person, Verification

pytestmark = pytest.mark.django_db


def entry(index: int, outcome: str | None, *, near=(), refusal=None) -> dict:
    return {
        "index": index, "outcome": outcome, "person_id": None, "name": "", "similarity": 0.2,
        "probability": 0.02, "refusal": refusal, "taken": False,
        "nearest": [
            {"person_id": str(person.pk), "probability": 0.02, "outcome": "no_match"} for person in near
        ],
    }  # fmt: skip


@pytest.fixture
def ada(user) -> Person:
    return gallery.person_create(owner=user, name="Ada")


@pytest.fixture
def party(user, ada) -> Verification:
    """Face 0 stands to the right of face 1; face 2 cannot be compared."""
    blurred = {"code": "too_blurred", "detail": "The face is too blurred.", "remedy": ""}
    return verification(
        user, "done", kind="group", outcome="no_match", reference_image="",
        faces={"probe": compared(face(1, 2.0), face(2, 50.0))},
        named_faces=[
            entry(0, "no_match", near=[ada]), entry(1, "no_match"), entry(2, None, refusal=blurred),
        ],
    )  # fmt: skip


def url(row, index: int) -> str:
    return reverse("verification_name_face", args=[row.pk, index])


def page_of(client, address: str) -> str:
    return client.get(address).content.decode()


def test_the_faces_are_numbered_from_left_to_right_on_the_picture_and_in_the_list(owner, party):
    page = page_of(owner, f"/verifications/{party.pk}/")

    places = [page.index(f'"{url(party, index)}"') for index in (1, 0)]
    assert places == sorted(places)
    assert url(party, 2) not in page


def test_an_unknown_face_becomes_a_photo_of_one_of_the_nearest(owner, party, ada):
    assert "Face 2" in page_of(owner, url(party, 0))
    assert f'name="person" value="{ada.pk}"' in page_of(owner, url(party, 0))

    answer = owner.post(url(party, 0), {"person": str(ada.pk)})

    anchor = Anchor.objects.get()
    assert answer["Location"] == f"/verifications/{party.pk}/"
    assert (anchor.person, anchor.face_index) == (ada, 0)
    page = page_of(owner, f"/verifications/{party.pk}/")
    assert "Named by you; the verdict was given before." in page
    assert "1 of 3 faces named." in page
    assert url(party, 0) not in page
    party.refresh_from_db()
    assert party.named_faces[0]["outcome"] == "no_match"  # a verdict never changes


def test_or_of_a_new_person(owner, party, user):
    owner.post(url(party, 1), {"name": "Bea"})

    assert Anchor.objects.get().person == Person.objects.get(owner=user, name="Bea")


def test_nobody_is_two_faces_of_one_photo(owner, party, ada):
    owner.post(url(party, 0), {"person": str(ada.pk)})

    answer = owner.post(url(party, 1), {"person": str(ada.pk)})

    assert answer.status_code == 422
    assert "Ada is another face of this photo already." in answer.content.decode()
    assert Anchor.objects.count() == 1


def test_a_name_that_cannot_be_makes_no_person(owner, party):
    assert owner.post(url(party, 1), {"name": " "}).status_code == 422
    assert Person.objects.count() == 1


def test_other_faces_and_strangers_get_404(owner, other, party, user):
    pair = verification(user, "done")

    assert owner.get(url(party, 2)).status_code == 404  # cannot be compared
    assert owner.get(url(party, 7)).status_code == 404
    assert owner.get(url(pair, 0)).status_code == 404
    assert other.get(url(party, 0)).status_code == 404


def test_who_is_erased_everywhere_is_not_among_the_nearest_any_more(user, party, ada):
    VerdictsOfPerson(owners=[user.pk], person=ada.pk, anchors=[]).erase_names()

    party.refresh_from_db()
    assert str(ada.pk) not in str(party.named_faces)


def test_a_photo_of_the_gallery_compared_with_itself_proves_nothing(owner, user, ada):
    anchor = gallery.anchor_add(person=ada, data=photo(1))
    row = verification(user, "done", kind="person", person=ada, reference_image="")
    assert anchor.created_at < row.created_at

    assert "This photo is among the photos of Ada, so this result proves nothing." in page_of(
        owner, f"/verifications/{row.pk}/"
    )
