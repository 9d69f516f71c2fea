"""Measure the own gallery, apply, go back: with the real model, on embeddings made for it."""

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from tests.support.clients import browser, program
from tests.support.faces import make_face
from tests.support.present import present
from tests.support.problems import assert_problem
from tests.support.submissions import submit_pair
from verification import engine
from verification.calibration.own_thresholds import shifts_of, thresholds_of
from verification.calibration.services import calibration_apply, calibration_start
from verification.gallery.embeddings import encrypt_embedding
from verification.jobs.services import ActionNotAllowed
from verification.models import Anchor, Gallery, GalleryCalibration, Person, Verification
from verification.worker import tasks

PAGE, API = "/calibration/", "/api/v1/calibrations/"

pytestmark = pytest.mark.django_db


def fill(owner, people: int, *, photos: int = 2, spread: float = 1.0, **columns) -> None:
    """People whose embeddings lie around places of their own; the smaller `spread`, the more
    alike they are."""
    rng = np.random.default_rng(4)
    size = engine.model_info().embedding_size
    common = rng.normal(size=size)
    columns = {"model_sha256": engine.model_identity().sha256, **columns}
    for number in range(people):
        person = Person.objects.create(owner=owner, name=f"Person {number}")
        centre = common + rng.normal(size=size) * spread
        for photo in range(photos):
            at = centre + rng.normal(size=size) * 0.1
            Anchor.objects.create(
                owner=owner, person=person, state="ready", finished_at=timezone.now(),
                image="x", crop="x", content_sha256=f"{number}-{photo}",
                embedding=encrypt_embedding(at / np.linalg.norm(at)), **columns,
            )  # fmt: skip


def measured(owner) -> GalleryCalibration:
    row = calibration_start(gallery=Gallery.default_of(owner.pk))
    tasks.calibrate(str(row.pk))
    row.refresh_from_db()
    return row


def verdict(owner, rate: float = 1e-2) -> Verification:
    row = submit_pair(
        owner=owner, probe=make_face(0), reference=make_face(0, 1), false_match_rate=rate
    )
    tasks.run(str(row.pk))
    return Verification.objects.get(pk=row.pk)


def page(client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_with_too_few_people_it_says_how_many_are_needed(user):
    fill(user, 9)
    shown = page(browser(user))
    assert "9 of 10" in shown
    assert "9 of 5" in shown
    assert "Measure my gallery" not in shown

    with pytest.raises(ValidationError, match="needs 10 people"):
        calibration_start(gallery=Gallery.default_of(user.pk))
    body = assert_problem(program(user).post(API), 400, "invalid")
    assert "Your gallery has 9 and 9." in body["errors"]["non_field_errors"][0]["detail"]
    assert not GalleryCalibration.objects.exists()


def test_people_enough_to_measure_but_not_to_suggest(user):
    fill(user, 12)
    row = measured(user)

    assert (row.state, row.result["people"], row.own_points) == ("done", 12, [])
    shown = page(browser(user))
    assert "needs 25 people" in shown
    assert "Use these thresholds" not in shown
    with pytest.raises(ActionNotAllowed):
        calibration_apply(calibration=row)


def test_new_verdicts_use_what_is_applied_old_ones_stay_and_there_is_a_way_back(user):
    fill(user, 26, spread=0.3)  # people who are alike: the model's threshold lets many through
    client = browser(user)
    before = verdict(user)
    row = measured(user)
    own = row.own_points[0]["own"]
    shown = page(client)
    assert "does not keep its promise on your photos" in shown
    assert 'class="histogram__genuine"' in shown

    client.post(reverse("calibration_apply", args=[row.pk]))
    during = verdict(user)
    assert "measured on 52 photos of 26 people" in page(client)
    client.post(reverse("calibration_withdraw"))
    after = verdict(user)

    assert during.threshold == pytest.approx(own["threshold"], abs=1e-5)
    assert during.band_low == pytest.approx(own["band"][0], abs=1e-5)
    assert before.threshold == after.threshold
    assert present(after.threshold) < present(during.threshold)
    assert during.similarity == before.similarity
    assert (during.calibration["id"], during.calibration["people"]) == (str(row.pk), 26)
    assert before.calibration == after.calibration == {}
    assert Verification.objects.get(pk=before.pk).threshold == before.threshold
    told = client.get(reverse("verification_detail", args=[during.pk])).content.decode()
    assert "your gallery</a> (26 people, 52 photos)" in told
    api = program(user)
    assert api.get(f"/api/v1/verifications/{during.pk}/").json()["calibration"]["people"] == 26
    assert api.get(f"/api/v1/verifications/{after.pk}/").json()["calibration"] is None


def test_a_rate_too_rare_to_measure_never_becomes_the_more_lenient_one():
    def points(shift):
        own = {"shift": shift}
        return [
            {"false_match_rate": 1e-2, "own": own},
            {"false_match_rate": 1e-3, "own": None},
            {"false_match_rate": 1e-4, "own": None},
        ]

    assert shifts_of(points(0.5)) == {1e-2: 0.5, 1e-3: 0.5, 1e-4: 0.5, 1e-5: 0.5}
    assert shifts_of(points(-0.5)) == {1e-2: -0.5, 1e-3: 0, 1e-4: 0, 1e-5: 0}
    # Measured before, with the lower end of a band.
    assert shifts_of(points([0.2, 0.5])) == shifts_of(points(0.5))


def test_anchors_of_another_model_are_embedded_again_before_anything_is_measured(user):
    fill(user, 12)
    Anchor.objects.filter(person__name="Person 0").update(model_sha256="b" * 64)

    row = measured(user)

    assert (row.state, row.result) == ("pending", {})
    assert Anchor.objects.filter(state="pending").count() == 2


def test_what_was_measured_with_another_model_rests(user):
    fill(user, 26)
    row = calibration_apply(calibration=measured(user))
    assert thresholds_of(user.pk).shifts

    GalleryCalibration.objects.update(model_sha256="b" * 64)

    assert thresholds_of(user.pk).of(engine.served_model()) == engine.MODELS_OWN
    assert "another model is in use now, so they are not used" in page(browser(user))
    row.refresh_from_db()
    with pytest.raises(ActionNotAllowed, match="model has changed"):
        calibration_apply(calibration=row)
    assert program(user).get("/api/v1/calibration/").json()["in_force"] is False


def test_two_clicks_start_one_measurement(user):
    fill(user, 12)

    assert calibration_start(gallery=Gallery.default_of(user.pk)) == calibration_start(
        gallery=Gallery.default_of(user.pk)
    )


def test_deleted_photos_end_a_measurement_with_the_reason(user):
    fill(user, 12)
    row = calibration_start(gallery=Gallery.default_of(user.pk))
    Anchor.objects.all().delete()
    tasks.calibrate(str(row.pk))
    row.refresh_from_db()

    assert (row.state, row.refusal_code) == ("refused", "gallery_too_small")


def test_over_rest(user, stranger):
    fill(user, 26)
    api, others = program(user), program(stranger)
    answer = api.post(API)
    assert answer.status_code == 202, answer.content
    id = answer.json()["id"]
    assert answer["Location"].endswith(f"{API}{id}/")
    assert_problem(api.post(f"{API}{id}/apply/"), 409, "conflict")
    tasks.calibrate(id)

    body = api.get(f"{API}{id}/").json()
    assert (body["state"], body["result"]["points"][0]["own"] is not None) == ("done", True)
    assert api.get(API).json()["results"][0]["id"] == id
    assert_problem(others.get(f"{API}{id}/"), 404, "not_found")
    assert_problem(others.post(f"{API}{id}/apply/"), 404, "not_found")
    assert others.get(API).json()["results"] == []

    assert api.post(f"{API}{id}/apply/").status_code == 200
    assert others.delete("/api/v1/calibration/").status_code == 204
    force = api.get("/api/v1/calibration/").json()
    assert (force["in_force"], force["applied"]["id"], force["people"]) == (True, id, 26)
    assert api.delete("/api/v1/calibration/").status_code == 204
    assert api.get("/api/v1/calibration/").json()["applied"] is None


def test_pages_and_actions_are_the_owners(user, stranger, client):
    fill(user, 26)
    row = measured(user)

    assert client.get(PAGE).status_code == 302
    for url in (reverse("calibration_apply", args=[row.pk]), reverse("calibration_start")):
        assert client.post(url).status_code == 302
    assert browser(stranger).post(reverse("calibration_apply", args=[row.pk])).status_code == 404
    row.refresh_from_db()
    assert row.applied_at is None
    assert GalleryCalibration.objects.count() == 1
