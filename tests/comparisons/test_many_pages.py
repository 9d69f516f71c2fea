"""/compare/many/, /identify/group/ and the result pages of searches"""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.urls import reverse

from tests.support.found_faces import compared, face
from tests.support.photos import photo
from tests.support.rows import VERDICT, verification
from tests.support.submissions import submit_photos
from verification.gallery import services as gallery
from verification.models import SearchPhoto, Verification, Worker
from verification.photos.uploads import MAX_TOTAL, LimitedMemoryUploadHandler

MANY, GROUP = "/compare/many/", "/identify/group/"
JSON = {"Accept": "application/json"}

pytestmark = pytest.mark.django_db


def upload(name: str = "a.jpg", seed: int = 1, data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo(seed) if data is None else data)


def many(count: int, **more) -> dict:
    files = [upload(f"{n}.jpg", n) for n in range(count)]
    return {"probe": upload("me.jpg"), "photos": files, "false_match_rate": "0.001", **more}


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def found(user):
    """A finished search: a match, a stranger and a refused file."""
    files = [("far.jpg", photo(1)), ("near <b>.jpg", photo(2)), ("text.txt", b"no photo")]
    row = submit_photos(owner=user, probe=photo(3), photos=files, title="Party")
    for position, outcome, similarity in ((0, "no_match", 0.2), (1, "match", 0.9)):
        SearchPhoto.objects.filter(position=position).update(
            state="done", outcome=outcome, similarity=similarity, confidence=0.98,
            probability=0.98, model_sha256="a" * 64, crop=f"{row.folder}/photo-{position}",
        )  # fmt: skip
    Verification.objects.update(state="done", finished_at=row.created_at, **VERDICT)
    row.refresh_from_db()
    return row


def test_the_owner_hands_in_one_photo_and_many(owner, user):
    answer = owner.post(MANY, many(3, title="Party"))

    row = Verification.objects.get()
    assert answer["Location"] == reverse("verification_detail", args=[row.pk])
    assert (row.owner, row.kind, row.title, row.state) == (user, "photos", "Party", "pending")
    assert list(row.photos.values_list("file_name", flat=True)) == ["0.jpg", "1.jpg", "2.jpg"]


def test_the_same_submission_twice_is_one_search(owner):
    for _ in range(2):
        owner.post(MANY, many(2, submission_key="k"))
    owner.post(MANY, many(3, submission_key="k"))

    assert Verification.objects.count() == 2
    assert SearchPhoto.objects.count() == 5


@pytest.mark.parametrize("headers", [{}, JSON])
def test_101_photos_are_told_so_and_nothing_is_stored(owner, headers):
    answer = owner.post(MANY, many(101), headers=headers)

    assert answer.status_code == 422
    told = answer.json()["errors"]["photos"][0] if headers else words(answer)
    assert "These are 101 photos. At most 100 can be compared at a time" in told
    assert not Verification.objects.exists()


def test_a_form_without_photos_says_what_is_missing(owner):
    answer = owner.post(MANY, {"false_match_rate": "0.001"})

    assert answer.status_code == 422
    assert "Choose a photo." in words(answer)
    assert "Choose at least one photo to compare with." in words(answer)


def test_a_probe_that_is_none_is_refused_but_a_file_among_many_is_not(owner):
    answer = owner.post(MANY, many(1) | {"probe": upload("x.txt", data=b"no photo")}, headers=JSON)
    assert list(answer.json()["errors"]) == ["probe"]
    assert not Verification.objects.exists()

    owner.post(MANY, many(1) | {"photos": [upload(), upload("x.txt", data=b"no photo")]})
    assert list(SearchPhoto.objects.values_list("state", flat=True)) == ["waiting", "refused"]


def test_uploads_are_held_within_limits_and_marked_when_truncated(user):
    request = HttpRequest()
    request.user = user
    handler = LimitedMemoryUploadHandler(request)
    handler.kept = MAX_TOTAL - 5
    files = []
    for data in (b"1234", b"5678", b"9"):
        handler.new_file("photos", "a.jpg", "image/jpeg", len(data))
        handler.receive_data_chunk(data, 0)
        files.append(handler.file_complete(len(data)))

    assert [file.truncated for file in files] == [False, True, True]
    assert [file.size for file in files] == [4, 1, 0]


def test_a_waiting_search_shows_how_far_it_is(owner, user):
    Worker.objects.create(name="worker")
    row = submit_photos(owner=user, probe=photo(3), photos=[("a", photo(1)), ("b", b"no photo")])
    answer = owner.get(
        reverse("verification_status", args=[row.pk]), headers={"HX-Request": "true"}
    )

    assert "1 of 2" in words(answer)
    assert "hx-get" in answer.content.decode()


def test_the_result_lists_the_most_similar_first_and_the_refused_last(owner, found):
    answer = owner.get(reverse("verification_detail", args=[found.pk]))
    page, said = answer.content.decode(), words(answer)

    assert "3 photos: 1 same person, 1 different people, 1 refused." in said
    assert page.index("near &lt;b&gt;.jpg") < page.index("far.jpg") < page.index("text.txt")
    assert "Confidence: 98 % similarity 0.900" in said
    assert "Is this verdict right?" in said


def test_the_history_shows_searches(owner, found):
    shown = words(owner.get("/history/"))

    assert "Party" in shown
    assert "Same person" in shown


def test_the_photos_of_a_search_are_its_owners(owner, other, anonymous, found):
    def image(client, position=1, which="image"):
        return client.get(reverse("search_image", args=[found.pk, position, which]))

    assert image(owner)["Content-Type"] == "image/jpeg"
    assert image(owner, which="crop").status_code == 200
    assert image(owner, position=2).status_code == 404
    assert image(owner, position=7).status_code == 404
    assert image(owner, which="verification").status_code == 404
    assert image(other).status_code == 404
    assert image(anonymous).status_code == 302


def test_a_search_is_deleted_with_its_photos(owner, found):
    owner.post(reverse("verification_delete", args=[found.pk]), {"confirmed": "yes"})

    assert not SearchPhoto.objects.exists()


def test_a_group_photo_needs_a_gallery(owner, user):
    answer = owner.post(GROUP, {"probe": upload(), "false_match_rate": "0.001"})
    assert answer.status_code == 422
    assert "add people and their photos first" in words(answer)
    assert not Verification.objects.exists()

    person = gallery.person_create(owner=user, name="Ada")
    gallery.anchor_add(person=person, data=photo(1))
    answer = owner.post(GROUP, {"probe": upload("us.jpg"), "false_match_rate": "0.01"})

    row = Verification.objects.get()
    assert answer["Location"] == reverse("verification_detail", args=[row.pk])
    assert (row.kind, row.probe_name, row.false_match_rate) == ("group", "us.jpg", 0.01)


def entry(index: int, outcome, name: str = "", refusal=None) -> dict:
    person = "0" * 32 if name else None
    similarity = None if refusal else 0.7
    return {
        "index": index, "outcome": outcome, "person_id": person, "name": name,
        "similarity": similarity, "probability": similarity, "refusal": refusal,
    }  # fmt: skip


def test_a_group_result_draws_each_face_with_its_name(owner, user):
    small = {"code": "face_too_small", "detail": "The face is small.", "remedy": ""}
    row = verification(
        user, "done", kind="group", reference_image="",
        faces={"probe": compared(face(1), face(2), face(3))},
        named_faces=[
            entry(0, "match", "Ada <b>"), entry(1, "inconclusive", "Bea"),
            entry(2, "no_match"), entry(3, None, refusal=small),
        ],
    )  # fmt: skip
    answer = owner.get(reverse("verification_detail", args=[row.pk]))
    page = answer.content.decode()

    drawn = re.findall(r'class="named__text">([^<]*)<', page)
    assert drawn == ["Ada &lt;b&gt;", "perhaps Bea", "unknown", "cannot be named"]
    assert page.count('class="face__box"') == 4
    assert "1 of 4 faces named." in words(answer)
    assert "The face is small." in words(answer)


@pytest.mark.parametrize("url", [MANY, GROUP])
def test_the_forms_need_an_account(anonymous, url):
    assert anonymous.get(url)["Location"].startswith("/accounts/login/")
    assert anonymous.post(url, many(1)).status_code == 302
    assert not Verification.objects.exists()
