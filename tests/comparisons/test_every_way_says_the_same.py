"""The same two photos get the same verdict on a page, over the API, in a batch, among many photos and
on the command line: outcome, numbers, and the words for them."""

import json

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from ml.__main__ import main as command_line
from tests.support.clients import program
from tests.support.faces import between
from tests.support.pair_lists import archive
from tests.support.present import present
from tests.support.submissions import submit_photos
from verification import engine
from verification.batches.selectors import values_of
from verification.batches.services import batch_create
from verification.comparisons.photo_list import PhotoRow
from verification.comparisons.presentation import Result
from verification.engine import record
from verification.models import BatchPair, GalleryCalibration, Verification
from verification.worker import tasks

pytestmark = pytest.mark.django_db

# From one person to another, by steps: matches, open verdicts of both leanings, and no matches.
SHARES = (0.0, 0.4, 0.5, 0.6, 1.0)
TOLD = ("outcome", "leaning", "similarity", "confidence", "probability", "threshold")


@pytest.fixture(scope="module")
def photos() -> dict[str, bytes]:
    return {f"{share:g}.jpg": between(0, 3, share) for share in SHARES}


def by_page(user, probe: bytes, reference: bytes, rate: float) -> tuple[dict, str]:
    client = Client()
    client.force_login(user)
    form = {
        "probe": SimpleUploadedFile("a.jpg", probe),
        "reference": SimpleUploadedFile("b.jpg", reference),
        "false_match_rate": f"{rate:.5f}".rstrip("0"),
        "title": "",
    }
    url = client.post("/compare/", form)["Location"]
    row = Verification.objects.latest("created_at")
    tasks.run(str(row.pk))
    row.refresh_from_db()
    result = Result(row)
    page = client.get(url).content.decode()
    assert result.headline in page
    assert result.confidence in page
    return {name: getattr(row, name, None) for name in TOLD} | {
        "leaning": result.leaning
    }, f"{result.label}. {result.confidence}."


def by_api(user, probe: bytes, reference: bytes, rate: float) -> dict:
    api = program(user)
    form = {
        "probe": SimpleUploadedFile("a.jpg", probe),
        "reference": SimpleUploadedFile("b.jpg", reference),
        "false_match_rate": str(rate),
    }
    id = api.post("/api/v1/verifications/", form).json()["id"]
    tasks.run(id)
    return api.get(f"/api/v1/verifications/{id}/").json()


def in_batch(user, photos: dict[str, bytes], rate: float) -> list[BatchPair]:
    first = next(iter(photos))
    lines = "".join(f"{first},{name}\n" for name in photos)
    batch = batch_create(
        owner=user,
        pairs=f"probe,reference\n{lines}".encode(),
        archive=archive(photos),
        false_match_rate=rate,
    )
    tasks.compare_batch(str(batch.pk))
    return list(batch.pairs.order_by("number"))


def among_many(user, photos: dict[str, bytes], rate: float) -> list[PhotoRow]:
    first = next(iter(photos.values()))
    row = submit_photos(owner=user, probe=first, photos=list(photos.items()), false_match_rate=rate)
    tasks.run(str(row.pk))
    return [PhotoRow(photo) for photo in row.photos.order_by("position")]


@pytest.mark.parametrize("place", [1, -1], ids=["standard", "the strictest"])
def test_every_way_says_the_same(user, photos, place, tmp_path, capsys):
    rate = engine.offered_rates()[place]
    first = next(iter(photos.values()))
    seen = set()
    pairs, many = in_batch(user, photos, rate), among_many(user, photos, rate)
    for photo, pair, row in zip(photos.values(), pairs, many, strict=True):
        page, said = by_page(user, first, photo, rate)
        api = by_api(user, first, photo, rate)
        paths = []
        for name, data in (("a.jpg", first), ("b.jpg", photo)):
            # What the site compares is the photo as it is kept.
            (tmp_path / name).write_bytes(engine.sanitize(data))
            paths.append(str(tmp_path / name))
        options = ["--model", str(record.folder()), "--false-match-rate", str(rate)]
        assert command_line(["compare", *paths, "--json", *options]) == 0
        told = json.loads(capsys.readouterr().out)
        command_line(["compare", *paths, *options])
        words = capsys.readouterr().out.splitlines()[0]

        batch = values_of(pair)
        assert {name: api[name] for name in TOLD} == page
        assert {name: told[name] for name in TOLD} == page
        assert {name: batch[name] for name in TOLD} == pytest.approx(page)
        assert (row.photo.outcome, row.photo.similarity) == (page["outcome"], page["similarity"])
        assert words == said == f"{row.label}. {row.confidence}."
        assert pair.figure == row.confidence
        seen.add(page["outcome"])
    assert seen == {"match", "inconclusive", "no_match"}


def test_a_batch_uses_the_thresholds_of_the_owners_gallery_as_the_pages_do(user, photos):
    model = engine.served_model()
    own = [{"false_match_rate": rate, "own": {"shift": 0.7}} for rate in engine.FALSE_MATCH_RATES]
    GalleryCalibration.objects.create(
        owner=user,
        state="done",
        finished_at=timezone.now(),
        applied_at=timezone.now(),
        model_sha256=model.sha256,
        result={"points": own, "people": 90, "photos": 180},
    )
    first = next(iter(photos.values()))

    pairs = in_batch(user, photos, 1e-2)

    plain = engine.operating_point(1e-2).threshold
    for photo, pair in zip(photos.values(), pairs, strict=True):
        page, _said = by_page(user, first, photo, 1e-2)
        assert (pair.outcome, pair.threshold) == (page["outcome"], page["threshold"])
        assert present(pair.threshold) > plain


@pytest.fixture
def chances(monkeypatch):
    """Sets the operator's chance, for a verifier that reads it; the next test has its own."""

    def chosen(chance: float) -> None:
        monkeypatch.setattr(settings, "FACEVERIFY_NO_MATCH_CHANCE", chance)
        engine.serving.forget()

    yield chosen
    engine.serving.forget()


def test_the_chance_that_an_operator_sets_moves_where_people_are_told_apart(user, photos, chances):
    first = next(iter(photos.values()))
    told = {}
    for chance in (0.01, 0.45):
        chances(chance)
        told[chance] = [by_page(user, first, photo, 1e-3)[0] for photo in photos.values()]
        assert all(
            (each["outcome"] == "no_match") == (each["probability"] <= chance)
            for each in told[chance]
        )

    outcomes = {chance: [each["outcome"] for each in found] for chance, found in told.items()}
    assert outcomes[0.01] != outcomes[0.45]
    assert [each["probability"] for each in told[0.01]] == [
        each["probability"] for each in told[0.45]
    ]
