"""The review under a verdict, /history/ by review, /history/agreement/ and the export."""

import csv
import io
import re
import zipfile

import pytest
from django.conf import settings
from django.urls import reverse
from PIL import Image

from ml.evaluation.datasets import pairs_file
from tests.support.found_faces import compared, face
from tests.support.photos import photo
from tests.support.present import present
from tests.support.rows import verification
from verification.engine import wilson
from verification.gallery import services as gallery
from verification.models import Anchor, Review
from verification.reviews.services import review_set

AGREEMENT, EXPORT = "/history/agreement/", "/history/reviewed-pairs.zip"
HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.django_db


def say(client, row, **fields):
    return client.post(reverse("verification_review", args=[row.pk]), fields)


def page(client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def detail(client, row) -> str:
    return page(client, reverse("verification_detail", args=[row.pk]))


def reviewed(user, answer: str, **values):
    row = verification(user, "done", **values)
    review_set(verification=row, answer=answer)
    return row


@pytest.fixture
def verdict(user):
    return verification(user, "done", title="Door")


def test_without_a_script_the_owner_says_changes_and_takes_back(owner, verdict):
    answer = say(owner, verdict, answer="wrong", note="that is <b>Bea</b>")
    assert answer["Location"] == reverse("verification_detail", args=[verdict.pk])
    shown = detail(owner, verdict)
    assert "You said <strong>wrong</strong>" in shown
    assert "that is &lt;b&gt;Bea&lt;/b&gt;" in shown
    assert re.search(r'value="wrong" checked', shown)

    say(owner, verdict, answer="right")
    review = Review.objects.get()
    assert (review.answer, review.note) == ("right", "")

    say(owner, verdict, take_back="1")
    assert not Review.objects.exists()
    assert "You said" not in detail(owner, verdict)


def test_htmx_gets_the_card_alone(owner, verdict):
    url = reverse("verification_review", args=[verdict.pk])
    answer = owner.post(url, {"answer": "unsure"}, headers=HTMX).content.decode()

    assert answer.strip().startswith("<section")
    assert "You said <strong>unsure</strong>" in answer


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Choose right, wrong or unsure."),
        ({"answer": "perhaps"}, "Choose right, wrong or unsure."),
        ({"answer": "right", "note": "x" * 2001}, "Write at most 2,000 characters."),
    ],
)
def test_a_bad_answer_is_told_and_changes_nothing(owner, verdict, fields, words):
    review_set(verification=verdict, answer="unsure", note="before")

    answer = owner.post(
        reverse("verification_review", args=[verdict.pk]), fields, headers=HTMX
    ).content.decode()

    assert words in answer
    assert Review.objects.get().note == "before"
    assert (
        words
        in owner.post(
            reverse("verification_review", args=[verdict.pk]), fields, follow=True
        ).content.decode()
    )


@pytest.mark.parametrize("state", ["pending", "running", "refused", "failed"])
def test_only_a_verdict_can_be_reviewed(owner, user, state):
    row = verification(user, state, refusal_faces=[])

    answer = owner.post(
        reverse("verification_review", args=[row.pk]), {"answer": "right"}, follow=True
    )

    assert "There is no verdict to review yet" in answer.content.decode()
    assert 'id="review"' not in detail(owner, row)
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    ("asked", "found"),
    [("right", ["r"]), ("wrong", ["w"]), ("unsure", ["u"]), ("none", ["n"]), ("", list("npruw"))],
)
def test_the_history_finds_by_review(owner, user, asked, found):
    for title, answer in (("r", "right"), ("w", "wrong"), ("u", "unsure")):
        reviewed(user, answer, title=title)
    verification(user, "done", title="n")
    verification(user, title="p")

    shown = page(owner, f"/history/?review={asked}")

    assert sorted(re.findall(r'history__title"><a [^>]*>([^<]*)</a>', shown)) == found
    assert ("You said: wrong" in shown) == ("w" in found)


def test_the_history_asks_no_more_for_many_reviews(owner, user, django_assert_num_queries):
    reviewed(user, "right")
    with django_assert_num_queries(15):
        page(owner, "/history/")
    for _ in range(5):
        reviewed(user, "wrong")
        verification(user, "done")
    with django_assert_num_queries(15):
        page(owner, "/history/")


def test_agreement_counts_by_outcome_and_by_confidence(owner, user, stranger):
    for answer in ["right"] * 8 + ["wrong"] * 2 + ["unsure"]:
        reviewed(user, answer, outcome="match", confidence=0.97)
    reviewed(user, "right", outcome="no_match", confidence=1.0)
    reviewed(user, "wrong", outcome="inconclusive", confidence=0.6)
    verification(user, "done")
    reviewed(stranger, "wrong")

    shown = " ".join(re.sub(r"<[^>]+>", " ", page(owner, AGREEMENT)).split())

    assert "You reviewed 13 of 14 verdicts: 9 right, 3 wrong, 1 unsure." in shown
    low, high = wilson(0.8, 10)
    of_ten = f"8 2 1 80 % {low * 100:.0f} to {high * 100:.0f} %"
    assert f"Same person {of_ten}" in shown
    assert f"95 to 99 % {of_ten} stated 97 %" in shown
    assert "99 % or more 1 0 0 100 %" in shown
    assert "below 80 % 0 0 0 none yet" in shown


def test_agreement_without_reviews_says_so(owner, user):
    verification(user, "done")

    assert "Nothing reviewed yet" in page(owner, AGREEMENT)


def test_the_interval_is_wilsons():
    # Newcombe (1998), table I: 81 of 263, and 0 of 20.
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def unpacked(client) -> zipfile.ZipFile:
    answer = client.get(EXPORT)
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def table(archive: zipfile.ZipFile, name: str) -> list[dict]:
    return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def test_the_export_holds_the_pairs_whose_review_says_who_is_who(owner, user, stranger):
    faces = {"probe": compared(), "reference": compared()}
    said: list[tuple[str, str, int | None]] = [
        ("right", "match", 1),
        ("wrong", "match", 0),
        ("right", "no_match", 0),
    ]
    said += [("wrong", "no_match", 1), ("unsure", "match", None), ("right", "inconclusive", None)]
    expected = {}
    for answer, outcome, same in said:
        row = reviewed(user, answer, outcome=outcome, faces=faces)
        expected[str(row.pk)] = same
    Review.objects.update(note="=1+1")
    verification(user, "done", faces=faces)
    reviewed(stranger, "right", faces=faces)

    archive = unpacked(owner)

    pairs = table(archive, "pairs.csv")
    assert list(pairs[0]) == ["probe", "reference", "same", "probe_person", "reference_person"]
    assert {pair["probe"].split("/")[1]: int(pair["same"]) for pair in pairs} == {
        pk: same for pk, same in expected.items() if same is not None
    }
    for pair in pairs:
        for name in (pair["probe"], pair["reference"]):
            assert Image.open(io.BytesIO(archive.read(name))).size == (64, 48)
    told = table(archive, "reviews.csv")
    assert {row["verification"] for row in told} == set(expected)
    assert {row["note"] for row in told} == {"'=1+1"}
    assert len([name for name in archive.namelist() if name.startswith("photos/")]) == 8


def test_the_exported_pairs_are_what_calibrate_reads(owner, user, tmp_path):
    faces = {"probe": compared(), "reference": compared()}
    for answer in ("right", "right", "wrong", "wrong"):
        reviewed(user, answer, outcome="match", faces=faces)
    unpacked(owner).extractall(tmp_path)

    pairs = pairs_file.read(tmp_path / "pairs.csv")

    assert sorted(pairs.labels) == [0, 0, 1, 1]
    assert len(pairs.images()) == 8
    assert all(path.is_file() for path in pairs.paths.values())


def test_of_a_photo_of_several_the_export_holds_the_face_compared(owner, user):
    faces = {"probe": compared(face(1, left=40.0)), "reference": compared()}
    reviewed(user, "right", faces=faces)
    archive = unpacked(owner)

    (pair,) = table(archive, "pairs.csv")

    # The box is 16.5 x 20 at 10, 8; a margin of 0.6 on each side ends at the photo's edge.
    assert Image.open(io.BytesIO(archive.read(pair["probe"]))).size == (36, 40)
    assert Image.open(io.BytesIO(archive.read(pair["reference"]))).size == (64, 48)


def test_a_verdict_on_a_person_makes_a_pair_with_each_anchor_still_there(owner, user):
    person = gallery.person_create(owner=user, name="Ada")
    anchors = [gallery.anchor_add(person=person, data=photo(seed)) for seed in (3, 4, 5)]
    Anchor.objects.update(face=compared())
    scores = [{"anchor_id": str(anchor.pk), "similarity": 0.9} for anchor in anchors]
    reviewed(
        user, "right", kind="person", person=person, anchor_scores=scores, reference_image="",
        faces={"probe": compared()},
    )  # fmt: skip
    gallery.anchor_delete(anchor=anchors[0])

    archive = unpacked(owner)

    pairs = table(archive, "pairs.csv")
    assert [pair["same"] for pair in pairs] == ["1", "1"]
    assert {pair["probe_person"] for pair in pairs} == {str(person.pk)}
    assert {pair["reference_person"] for pair in pairs} == {str(person.pk)}
    assert len({pair["probe"] for pair in pairs}) == 1
    assert archive.testzip() is None


def test_photos_that_cannot_be_read_are_left_out_and_named(owner, user):
    person = gallery.person_create(owner=user, name="Ada")
    anchors = [gallery.anchor_add(person=person, data=photo(seed)) for seed in (3, 4)]
    Anchor.objects.update(face=compared())
    scores = [{"anchor_id": str(anchor.pk), "similarity": 0.9} for anchor in anchors]
    with_anchor_lost = reviewed(
        user, "right", kind="person", person=person, anchor_scores=scores, reference_image="",
        faces={"probe": compared()},
    )  # fmt: skip
    both = {"probe": compared(), "reference": compared()}
    with_probe_lost = reviewed(user, "right", faces=both)
    lost = min(anchors, key=lambda anchor: anchor.pk)
    damaged = settings.MEDIA_ROOT / with_probe_lost.probe_image.name
    (settings.MEDIA_ROOT / present(lost.image.name)).unlink()
    damaged.write_bytes(damaged.read_bytes()[:-9])

    archive = unpacked(owner)

    assert {(row["verification"], row["photo"]) for row in table(archive, "left-out.csv")} == {
        (str(with_anchor_lost.pk), "anchor-1"),
        (str(with_probe_lost.pk), "probe"),
    }
    (pair,) = table(archive, "pairs.csv")
    assert pair["reference"] == f"photos/{with_anchor_lost.pk}/anchor-2.jpg"
    assert len(table(archive, "reviews.csv")) == 2
    assert "left-out.csv" in archive.read("README.txt").decode()


def test_the_export_of_photos_that_can_all_be_read_names_none_left_out(owner, user):
    reviewed(user, "right", faces={"probe": compared(), "reference": compared()})

    assert "left-out.csv" not in unpacked(owner).namelist()


def test_the_export_is_its_owners(anonymous, other, user):
    reviewed(user, "right", faces={"probe": compared(), "reference": compared()})

    assert anonymous.get(EXPORT).status_code == 302
    assert table(unpacked(other), "reviews.csv") == []
