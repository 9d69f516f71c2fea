"""Faces that a program sent in as numbers, without a photo"""

import pytest
from django.urls import reverse

from tests.support.clients import program
from tests.support.embedded import add, known
from tests.support.faces import make_face
from tests.support.looked import worker_here
from tests.support.people import person, words
from tests.support.problems import assert_problem
from verification import engine
from verification.gallery.galleries import copy_people, create_gallery
from verification.gallery.numbers import anchor_add_numbers
from verification.gallery.services import ActionNotAllowed, person_set_cover
from verification.gallery.worker import embed_others_again
from verification.gallery_io.models import GalleryExport
from verification.looks.services import look
from verification.models import Anchor
from verification.photos import left_out
from verification.worker import tasks

API = "/api/v1/"
OTHER_MODEL = "a" * 64

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(user):
    return person(user, "Ada")


@pytest.fixture
def here():
    with worker_here():
        yield


def numbers_of(user, photo: bytes) -> list[float]:
    (face,) = look(user, "faces", [photo], {"embedding": True})["faces"]
    return face["embedding"]


def made_up(number: int = 0) -> list[float]:
    size = engine.model_info().embedding_size
    return [float(place == number) for place in range(size)]


def enrolled(person, numbers: list[float] | None = None, **options) -> Anchor:
    model = engine.model_identity().sha256
    return anchor_add_numbers(
        person=person, numbers=numbers or made_up(), model_sha256=model, **options
    )


def test_a_person_known_by_numbers_alone_is_found_and_verified(user, ada, here):
    known(user, 2, name="Bob")
    numbers, model = numbers_of(user, make_face(1)), engine.model_identity().sha256
    api = program(user)

    sent = {"embedding": numbers, "model": {"sha256": model}, "name": "door camera"}
    added = api.post(f"{API}people/{ada.pk}/embeddings/", sent, format="json")
    again = api.post(f"{API}people/{ada.pk}/embeddings/", sent, format="json")

    assert (added.status_code, again.status_code) == (201, 200)
    assert added.json()["id"] == again.json()["id"]
    assert (added.json()["state"], added.json()["is_numbers"]) == ("ready", True)
    first = look(user, "search", [make_face(1, 7)])["probes"][0]["matches"][0]
    assert (first["id"], first["outcome"]) == (str(ada.pk), "match")
    assert look(user, "verify", [make_face(1, 8)], {"person": str(ada.pk)})["outcome"] == "match"


def test_numbers_of_another_model_and_people_of_others_are_refused(user, stranger, ada):
    theirs = person(stranger, "Eve")
    sent = {"embedding": made_up(), "model": {"sha256": OTHER_MODEL}}

    other = program(user).post(f"{API}people/{ada.pk}/embeddings/", sent, format="json")
    foreign = program(user).post(f"{API}people/{theirs.pk}/embeddings/", sent, format="json")

    assert "model" in assert_problem(other, 400, "invalid")["errors"]
    assert_problem(foreign, 404, "not_found")
    assert not Anchor.objects.exists()


def test_pages_show_a_picture_that_stands_for_the_photo_and_say_so(owner, ada):
    row = enrolled(ada, name="door camera")

    page = owner.get(reverse("photo", args=[row.pk]))
    grid = owner.get(reverse("person", args=[ada.pk]))
    picture = owner.get(reverse("photo_image", args=[row.pk, "crop"]))

    assert "A program sent in this face as numbers." in words(page)
    assert "Make it the cover" not in words(page)
    assert "Numbers" in words(grid)
    assert (picture.status_code, picture["Location"]) == (302, "/static/img/numbers.svg")


def test_numbers_are_never_the_cover_and_a_photo_that_follows_is(user, ada):
    row = enrolled(ada)

    with pytest.raises(ActionNotAllowed):
        person_set_cover(person=ada, anchor=row)
    photo = add(ada, make_face(1))

    ada.refresh_from_db()
    assert ada.cover_id == photo.pk


def test_another_model_embeds_the_photos_again_and_the_numbers_are_lost_and_listed(
    user, owner, ada, here
):
    numbers, photo = enrolled(ada, name="door camera"), add(ada, make_face(1))
    Anchor.objects.update(model_sha256=OTHER_MODEL)

    queued = embed_others_again(engine.model_identity().sha256)
    tasks.embed(str(photo.pk))

    assert queued == 1
    numbers.refresh_from_db()
    assert (numbers.state, numbers.model_sha256) == ("ready", OTHER_MODEL)
    assert look(user, "verify", [make_face(1, 7)], {"person": str(ada.pk)})["outcome"] == "match"
    page = words(owner.get(reverse("model_change")))
    assert "They cannot be compared any more" in page
    assert "door camera , Ada" in page
    assert "1 of 1" in page  # photos
    of_photo = words(owner.get(reverse("photo", args=[numbers.pk])))
    assert "These numbers are of another model" in of_photo


def test_an_export_says_that_there_is_no_photo_and_a_copy_keeps_the_numbers(user, ada):
    row = enrolled(ada, name="door camera")
    other = create_gallery(owner=user, name="Staff")
    job = GalleryExport.objects.create(owner=user)

    tasks.export_a_gallery(str(job.pk))
    (copy,) = copy_people(people=[ada], gallery=other)

    job.refresh_from_db()
    assert (job.state, [row["reason"] for row in job.left_out]) == ("done", [left_out.NO_PHOTO])
    (copied,) = copy.anchors.all()
    assert copied.is_numbers
    assert bytes(copied.embedding) == bytes(row.embedding)
