"""/batches/ and its pages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.support.pair_lists import LIST_BYTES, archive
from verification.batches.services import batch_create
from verification.models import Batch, BatchPair

URL = "/batches/"
SCRIPT = {"Accept": "application/json"}
ZIP = archive({"a.jpg": b"\xff\xd8\xff photo"})

pytestmark = pytest.mark.django_db


def files(pairs=LIST_BYTES, zipped=ZIP) -> dict:
    return {
        "pairs": SimpleUploadedFile("pairs.csv", pairs),
        "archive": SimpleUploadedFile("photos.zip", zipped),
    }


@pytest.fixture
def batch(user):
    return batch_create(owner=user, title="Doors", pairs=LIST_BYTES, archive=ZIP)


def test_a_batch_is_sent_and_its_page_shows_how_far_it_is(owner):
    page = owner.post(URL, {**files(), "false_match_rate": "0.001", "title": "Doors"}, follow=True)

    text = page.content.decode()
    batch = Batch.objects.get()
    assert page.redirect_chain == [(reverse("batch", args=[batch.pk]), 302)]
    assert "1 of 7" in text
    assert 'hx-trigger="every 1s"' in text
    assert "The second photo is missing." in text
    assert "Doors" in owner.get(URL).content.decode()


@pytest.mark.parametrize(
    "pairs",
    [
        b"First;second;first_face\na.jpg;a.jpg;1\n",
        b'[{"first": "a.jpg", "second": "a.jpg", "first_face": 1}]',
        b"probe,reference,probe_face\na.jpg,a.jpg,1\n",
    ],
    ids=["CSV", "JSON", "as the API says"],
)
def test_the_two_photos_of_a_pair_are_called_first_and_second(owner, pairs):
    owner.post(URL, {**files(pairs=pairs), "false_match_rate": "0.001"})

    pair = BatchPair.objects.get()
    assert (pair.probe, pair.reference, pair.probe_face, pair.code) == ("a.jpg", "a.jpg", 1, "")


def test_a_script_is_told_where_the_batch_is_or_what_is_wrong_with_which_file(owner):
    wrong = owner.post(URL, {**files(pairs=b"x,y\n"), "false_match_rate": "0.001"}, headers=SCRIPT)
    right = owner.post(URL, {**files(), "false_match_rate": "0.001"}, headers=SCRIPT)

    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["pairs"])
    place = reverse("batch", args=[Batch.objects.get().pk])
    assert (right.status_code, right.json()) == (201, {"location": place})


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"false_match_rate": "0.001"}, "Choose the list of pairs"),
        ({**files(pairs=b"x,y\n1,2\n"), "false_match_rate": "0.001"}, "probe,reference"),
        ({**files(zipped=b"no zip"), "false_match_rate": "0.001"}, "ZIP"),
        ({**files(), "false_match_rate": "0.5"}, "Choose one of the settings."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(owner, sent, says):
    page = owner.post(URL, sent)

    assert page.status_code == 422
    assert says in page.content.decode()
    assert not Batch.objects.exists()


def test_a_finished_batch_counts_and_filters_its_results(owner, batch):
    BatchPair.objects.filter(batch=batch, number=1).update(
        state="done", outcome="match", similarity=0.9, confidence=0.99, threshold=0.6
    )
    Batch.objects.filter(pk=batch.pk).update(
        state="done", done=7, finished_at=batch.created_at, archive=""
    )
    url = reverse("batch", args=[batch.pk])

    text = owner.get(url).content.decode()
    only = owner.get(url, {"only": "match"}).content.decode()

    assert "hx-trigger" not in text
    assert "ada-2.jpg" in only
    assert "sky.jpg" in text
    assert "sky.jpg" not in only
    csv = b"".join(owner.get(reverse("batch_results", args=[batch.pk])).streaming_content)
    assert b"1,ada-1.jpg,ada-2.jpg,same,done,match,0.9,0.99,0.6" in csv
    told = owner.get(reverse("batch_results_json", args=[batch.pk])).json()
    assert (told[0]["outcome"], told[0]["similarity"]) == ("match", 0.9)


def test_a_stopped_batch_can_go_on(owner, batch):
    Batch.objects.filter(pk=batch.pk).update(
        state="failed", failure_code="worker_lost", finished_at=batch.created_at
    )
    assert (
        "The results so far are kept"
        in owner.get(reverse("batch", args=[batch.pk])).content.decode()
    )

    owner.post(reverse("batch_retry", args=[batch.pk]))

    batch.refresh_from_db()
    assert batch.state == "pending"


def test_deleting_asks_first(owner, batch):
    url = reverse("batch_delete", args=[batch.pk])

    assert "All 7 results are deleted" in owner.get(url).content.decode()
    assert Batch.objects.exists()
    assert "are deleted" in owner.post(url, follow=True).content.decode()
    assert not Batch.objects.exists()
