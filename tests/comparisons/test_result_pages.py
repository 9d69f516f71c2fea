"""/verifications/<id>/ and its status fragment"""

import re
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.support.found_faces import compared, face
from tests.support.rows import verification
from verification.models import Worker

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def page_of(client, row) -> str:
    answer = client.get(reverse("verification_detail", args=[row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def fragment_of(client, row) -> str:
    answer = client.get(reverse("verification_status", args=[row.pk]), headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def worker(db):
    return Worker.objects.create(name="worker")


def test_a_waiting_page_asks_again_soon_and_without_a_script_reloads_itself(owner, user, worker):
    page = page_of(owner, verification(user))

    assert 'hx-trigger="load delay:300ms"' in page
    assert re.search(r'<noscript>\s*<meta http-equiv="refresh" content="2">\s*</noscript>', page)
    assert "Waiting to be compared" in page


@pytest.mark.parametrize(("age", "delay"), [(1, "300ms"), (10, "1s"), (100, "3s")])
def test_it_asks_less_often_as_time_goes_by(owner, user, worker, age, delay):
    row = verification(user, enqueued_at=timezone.now() - timedelta(seconds=age))

    assert f'hx-trigger="load delay:{delay}"' in fragment_of(owner, row)


def test_a_running_comparison_says_so(owner, user, worker):
    assert "Comparing the photos" in fragment_of(owner, verification(user, "running"))


def test_without_a_worker_it_says_what_it_waits_for(owner, user):
    row = verification(user)

    assert "Waiting for a worker" in page_of(owner, row)
    assert "hx-get" in fragment_of(owner, row)  # and goes on asking


@pytest.mark.parametrize("state", ["done", "refused", "failed"])
def test_a_finished_page_asks_no_more(owner, user, state):
    faces = {"refusal_faces": [face(0), face(1, 36.0)]} if state == "refused" else {}
    row = verification(user, state, **faces)

    assert "hx-get" not in fragment_of(owner, row)
    assert "http-equiv" not in page_of(owner, row)


@pytest.mark.parametrize(
    ("outcome", "probability", "headline", "confidence"),
    [
        ("match", 0.98, "Probably the same person", "Confidence: 98 %"),
        ("no_match", 0.02, "Probably different people", "Confidence: 98 %"),
        (
            "inconclusive",
            0.61,
            "Cannot tell from these photos",
            "More likely the same person (61 %)",
        ),
        (
            "inconclusive",
            0.993,
            "Cannot tell from these photos",
            "99.3 %, but not enough for Standard",
        ),
        (
            "inconclusive",
            0.29,
            "Cannot tell from these photos",
            "different people (29 % for the same person)",
        ),
    ],
)
def test_the_verdict_is_told_in_words(owner, user, outcome, probability, headline, confidence):
    row = verification(user, "done", outcome=outcome, probability=probability)

    page = page_of(owner, row)

    assert headline in page
    assert confidence in page
    assert "<strong>1 in 1,000</strong> pairs of different people" in page


@pytest.mark.parametrize(
    ("confidence", "words"), [(0.99999, "more than 99.9 %"), (0.994, "99.4 %"), (0.5, "50 %")]
)
def test_confidence_never_claims_certainty(owner, user, confidence, words):
    assert f"Confidence: {words}" in page_of(
        owner, verification(user, "done", confidence=confidence)
    )


@pytest.mark.parametrize(("outcome", "chance"), [("no_match", 0.993), ("match", 0.2)])
def test_a_verdict_of_an_earlier_rule_is_shown_as_one(owner, user, outcome, chance):
    row = verification(user, "done", outcome=outcome, probability=chance, confidence=0.5)

    page = page_of(owner, row)

    said = "99.3 %" if outcome == "no_match" else "20 %"
    assert f"Decided by an earlier rule; chance of the same person: {said}" in page
    assert "Today such a verdict is left open" in page
    assert "Confidence:" not in page
    history = owner.get(reverse("history")).content.decode()
    assert "Decided by an earlier rule" in history
    assert "Confidence:" not in history


def test_the_scale_shows_similarity_threshold_and_band(owner, user):
    page = page_of(owner, verification(user, "done"))

    assert 'cx="91.00%"' in page
    assert 'x1="62.00%" x2="62.00%"' in page
    assert 'x="58.00%" y="22" width="8.00%"' in page
    assert "0.580 to 0.660" in page
    assert "Similarity 0.910 on a scale from 0 to 1" in page  # for a screen reader


def test_boxes_and_landmarks_are_drawn_in_pixels_of_the_photo(owner, user):
    row = verification(
        user, "done", faces={"probe": compared(), "reference": compared(face(1, 40.0))}
    )

    page = page_of(owner, row)

    assert page.count('viewBox="0 0 64 48"') == 2
    assert 'x="10.0" y="8.0" width="16.5" height="20.0"' in page
    assert 'cx="14.0" cy="14.0"' in page
    assert "2 faces found; face 1 was compared." in page


def test_quality_is_told_in_words(owner, user):
    row = verification(
        user,
        "done",
        faces={
            "probe": compared(),
            "reference": compared(turned=90, size=60.0, sharpness=0.01, brightness=0.2, yaw=-41.0),
        },
    )

    page = page_of(owner, row)

    for words in ("large enough (160 px)", "sharp", "good", "facing the camera"):
        assert words in page
    for words in ("small (60 px)", "soft", "dark", "turned by about 41°", "turned by 90°"):
        assert words in page


def test_model_and_times_are_there_for_who_opens_them(owner, user):
    page = page_of(owner, verification(user, "done"))

    assert "a" * 64 in page
    assert "14.0 ms" in page


def test_a_refusal_says_which_photo_why_and_what_to_do(owner, user):
    row = verification(
        user,
        "refused",
        refusal_code="too_dark",
        refusal_detail="The face is too dark.",
        refusal_remedy="Use a photo taken in more light.",
        refusal_which="reference",
        refusal_faces=[],
    )

    page = page_of(owner, row)

    assert "The second photo cannot be used" in page
    assert "The face is too dark." in page
    assert "Use a photo taken in more light." in page
    assert "face_index" not in page


def test_several_faces_can_be_chosen_from_by_number(owner, user):
    row = verification(user, "refused", refusal_faces=[face(0), face(1, 36.0)])

    page = page_of(owner, row)

    assert "Which face is meant?" in page
    taps, buttons = page.split("Faces, from left to right")
    for part in (taps, buttons):
        assert re.findall(r'name="face_index" value="(\d)"', part) == ["0", "1"]
    assert "Compare face 1" in buttons and "Compare face 2" in buttons
    assert "cannot be used" not in page  # it is a question
    assert page.count("face__number") == 2  # the same numbers on the photo


def test_a_failure_offers_another_try(owner, user):
    row = verification(user, "failed", attempts=3)

    page = page_of(owner, row)

    assert "It was tried 3 times" in page
    assert reverse("verification_retry", args=[row.pk]) in page


def test_what_a_user_wrote_is_shown_as_text(owner, user):
    row = verification(user, "done", title="<script>alert(1)</script>")

    page = page_of(owner, row)

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_numbers_of_queries_are_fixed(owner, user, django_assert_num_queries):
    waiting, done = verification(user), verification(user, "done")

    with django_assert_num_queries(4):  # session, user, verification, worker
        fragment_of(owner, waiting)
    # And the model, the thresholds in force, and whether it was asked what carried the verdict.
    with django_assert_num_queries(6):
        page_of(owner, done)


def test_the_fragment_by_itself_leads_to_the_page(owner, user):
    row = verification(user)

    answer = owner.get(reverse("verification_status", args=[row.pk]))

    assert answer["Location"] == reverse("verification_detail", args=[row.pk])


@pytest.mark.parametrize("name", ["verification_detail", "verification_status"])
def test_strangers_and_wrong_addresses_get_404(other, owner, user, name):
    row = verification(user, "done")

    assert other.get(reverse(name, args=[row.pk]), headers=HTMX).status_code == 404
    assert owner.get(reverse(name, args=[uuid.uuid4()]), headers=HTMX).status_code == 404
