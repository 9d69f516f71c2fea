"""Small pictures of faces that stay beside the results of a batch, where somebody wants them."""

from base64 import b64encode
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.support.embedded import add
from tests.support.faces import make_face, no_face
from tests.support.pair_lists import archive
from tests.support.people import person
from verification.batches.services import batch_create
from verification.batches.worker import BatchPhoto
from verification.jobs.storage import bytes_stored
from verification.models import Batch, BatchPair
from verification.photos.storage import private_files
from verification.retention import kinds
from verification.retention.people import person_erase_everywhere
from verification.worker import tasks

PAIRS = b"probe,reference\na.jpg,b.jpg\na.jpg,c.jpg\na.jpg,sky.jpg\n"
ADA, BEA = make_face(1), make_face(2)

pytestmark = pytest.mark.django_db


def compared(user, **options) -> Batch:
    photos = {"a.jpg": ADA, "b.jpg": make_face(1, 1), "c.jpg": BEA, "sky.jpg": no_face()}
    batch = batch_create(owner=user, pairs=PAIRS, archive=archive(photos), **options)
    for _ in range(3):
        tasks.compare_batch(str(batch.pk))
    batch.refresh_from_db()
    assert batch.state == "done"
    return batch


@pytest.fixture
def batch(user) -> Batch:
    return compared(user, keep_faces=True)


def faces(batch: Batch) -> list[BatchPhoto]:
    return list(BatchPhoto.objects.filter(batch=batch))


def files(batch: Batch) -> list[str]:
    try:
        return private_files().listdir(batch.folder)[1]
    except FileNotFoundError:
        return []


def test_without_being_asked_a_batch_keeps_no_face(user):
    batch = compared(user)

    assert (faces(batch), files(batch)) == ([], [])
    assert not BatchPair.objects.exclude(probe_photo=None).exists()


def test_each_photo_keeps_one_face_and_nothing_else(user, batch):
    kept = faces(batch)

    assert len(kept) == len(files(batch)) == 3  # the ZIP is gone, and the sky has none
    assert all(row.face and not row.embedding for row in kept)
    assert bytes_stored(owner_id=user.pk) == sum(row.face_bytes for row in kept) > 0


def test_the_page_shows_the_faces_beside_their_pairs(owner, batch):
    page = owner.get(reverse("batch", args=[batch.pk])).content.decode()

    same, other, refused = BatchPair.objects.order_by("number")
    assert same.probe_photo == other.probe_photo == refused.probe_photo
    assert refused.reference_photo is None
    assert page.count('class="pair__face"') == 5
    assert reverse("batch_face", args=[batch.pk, same.reference_photo_id]) in page


def test_a_face_is_shown_to_its_owner_alone(owner, other, batch):
    url = reverse("batch_face", args=[batch.pk, faces(batch)[0].pk])

    answer = owner.get(url)

    assert answer["Content-Type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8")
    assert "private" in answer["Cache-Control"]
    assert other.get(url).status_code == 404


def test_faces_go_by_their_rule_and_the_verdicts_stay(
    user, batch, django_capture_on_commit_callbacks
):
    rule = kinds.KINDS["batch_faces"]
    now = timezone.now()
    assert not rule.due(user.pk, now - timedelta(days=1)).exists()

    with django_capture_on_commit_callbacks(execute=True):
        counts = rule.erase([row.pk for row in rule.due(user.pk, now)])

    assert counts == {"crops": 3}
    assert (faces(batch), files(batch)) == ([], [])
    assert [pair.outcome for pair in BatchPair.objects.order_by("number")][:2] == [
        "match",
        "no_match",
    ]


def test_faces_go_with_their_batch(batch, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        batch.delete()

    assert (BatchPhoto.objects.count(), files(batch)) == (0, [])


def test_whoever_is_erased_everywhere_is_gone_from_batches_as_well(
    user, batch, django_capture_on_commit_callbacks
):
    ada = person(user, "Ada")
    add(ada, ADA)

    with django_capture_on_commit_callbacks(execute=True):
        receipt = person_erase_everywhere(owner=user, person=ada)

    assert receipt.counts["crops"] == 1
    assert len(faces(batch)) == len(files(batch)) == 2
    assert BatchPair.objects.filter(probe_photo=None).count() == 3


def test_a_program_asks_for_them(api, user):
    data: dict[str, object] = {
        "pairs": [{"probe": "a.jpg", "reference": "a.jpg"}],
        "keep_faces": True,
    }
    data["archive"] = b64encode(archive({"a.jpg": ADA})).decode()

    answer = api.post("/api/v1/batches/", data, format="json")

    assert (answer.status_code, answer.json()["keep_faces"]) == (202, True)


def test_a_person_asks_for_them(owner):
    assert 'name="keep_faces"' in owner.get("/batches/").content.decode()
