"""Reviews, searches, thresholds and the model's page in the browser; axe-core finds nothing on them."""

import json

import pytest
from playwright.sync_api import expect

from tests.support.browsing import LOOKS, compare, headline, problems, signed_in
from tests.support.faces import make_face, no_face

MAKE = """
import json
from accounts.models import User
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from ml.decision.head import Head
from ml.decision.gallery_thresholds import measure
from tests.support.found_faces import compared, face
from tests.support.photos import photo
from tests.support.rows import VERDICT, verification
from verification import engine
from verification.models import GalleryCalibration, ModelPreview, SearchPhoto, Verification
from verification.reviews.services import review_set
from tests.support.submissions import submit_photos
import numpy as np
user = User.objects.create_user("insights@example.org", "correct horse 9")
faces = {"probe": compared(), "reference": compared()}
for answer, outcome in (("right", "match"), ("wrong", "no_match"), ("unsure", "inconclusive")):
    row = verification(user, "done", faces=faces, outcome=outcome)
    for crop in (row.probe_crop, row.reference_crop):
        crop.save("crop", ContentFile(photo()), save=False)
    row.save()
    review_set(verification=row, answer=answer, note="Seen at the door")
files = [("near.jpg", photo(1)), ("far-" + "x" * 80 + ".jpg", photo(2)), ("notes.txt", b"text")]
with transaction.atomic():  # a worker sees it finished only
    search = submit_photos(owner=user, probe=photo(3), photos=files)
    for position, outcome in ((0, "match"), (1, "no_match")):
        each = search.photos.get(position=position)
        each.crop.save("crop", ContentFile(photo()), save=False)
        SearchPhoto.objects.filter(pk=each.pk).update(state="done", outcome=outcome, similarity=0.7,
            confidence=0.9, probability=0.9, model_sha256="a" * 64, crop=each.crop.name)
    search.probe_crop.save("crop", ContentFile(photo()), save=False)
    Verification.objects.filter(pk=search.pk).update(state="done", finished_at=timezone.now(),
        faces={"probe": compared()}, probe_crop=search.probe_crop.name,
        calibration={"people": 30, "photos": 60}, **VERDICT)
def named(index, outcome, name="", refusal=None):
    return {"index": index, "outcome": outcome, "person_id": None, "name": name,
            "similarity": 0.5, "probability": 0.5, "refusal": refusal}
group = verification(user, "done", kind="group", reference_image="", reference_crop="",
    faces={"probe": compared(face(1, 24.0), face(2, 40.0))},
    named_faces=[named(0, "match", "Ada Lovelace"), named(1, "no_match"),
        named(2, None, refusal={"code": "too_dark", "detail": "The face is too dark.", "remedy": ""})])
group.probe_crop.save("crop", ContentFile(photo()))
points = {n: {"false_match_rate": r, "threshold": 0.6, "band": [0.5, 0.6]}
          for n, r in (("1e-2", 1e-2), ("1e-3", 1e-3), ("1e-4", 1e-4))}
head = Head({"weights": [-9.0], "bias": 4.0}, {"slope": 1.0, "intercept": 0.0}, points)
rng = np.random.default_rng(1)
people = np.repeat(np.arange(30), 2)
result = measure(head, (rng.uniform(0, 1, 30)[people] + rng.normal(0, 0.1, 60))[:, None], people)
GalleryCalibration.objects.create(owner=user, state="done", finished_at=timezone.now(),
    result=result, model_name="m", model_version="1", model_sha256="a" * 64)
preview = ModelPreview.objects.create(model_name="next", model_version="2", model_sha256="c" * 64,
    finished_at=timezone.now())
preview.verdicts.create(verification=row, outcome="match", changed=True, similarity=0.9)
print(json.dumps({"verdict": f"/verifications/{row.pk}/",
    "search": f"/verifications/{search.pk}/", "group": f"/verifications/{group.pk}/"}))
"""
PAGES = (
    "/history/",
    "/history/agreement/",
    "/compare/many/",
    "/identify/group/",
    "/calibration/",
    "/model/",
    "/people/import/",
    "/people/export/",
    "/batches/",
    "/account/webhooks/",
    "verdict",
    "search",
    "group",
)


@pytest.fixture(scope="module")
def pages(place) -> dict:
    """Addresses by name, and the cookies of their owner."""
    made = json.loads(place.ask(MAKE))
    return made | {"state": signed_in(place, "insights@example.org")}


@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS)
def test_pages_beside_compare_people_and_history_are_accessible(visitor, pages, look):
    page = visitor.window(**look, storage_state=pages["state"])
    found = {}
    for name in PAGES:
        page.goto(pages.get(name, name))
        for summary in page.locator("summary").all():
            summary.click()
        found[name] = problems(page)

    assert {name: listed for name, listed in found.items() if listed} == {}


def test_a_verdict_is_reviewed_changed_and_taken_back_without_leaving_its_page(page, photos):
    compare(page, photos["ada"], photos["ada_again"])
    headline(page, "Probably the same person")
    address = page.url

    page.get_by_role("radio", name="Right").check()
    page.get_by_label("Note").fill("My neighbour")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("You said right")).to_be_visible()

    page.get_by_role("radio", name="Wrong").check()
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_text("You said wrong")).to_be_visible()
    assert page.url == address

    page.reload()
    expect(page.get_by_role("radio", name="Wrong")).to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("My neighbour")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    expect(page.get_by_text("You said")).to_have_count(0)


def test_one_photo_is_compared_with_many(page):
    def file(name: str, data: bytes) -> dict:
        return {"name": name, "mimeType": "image/jpeg", "buffer": data}

    page.goto("/compare/many/")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_text("Choose a photo.")).to_be_visible()
    expect(page.get_by_text("Choose at least one photo.")).to_be_visible()

    page.get_by_label("Photo of the person").set_input_files(file("me.jpg", make_face(0)))
    page.get_by_label("Photos to compare with").set_input_files(
        [
            file("other.jpg", make_face(1)),
            file("mine.jpg", make_face(0, 1)),
            file("sky.jpg", no_face()),
        ]
    )
    expect(page.get_by_text("3 photos chosen")).to_be_visible()
    page.get_by_role("button", name="Remove sky.jpg").click()
    expect(page.get_by_text("2 photos chosen")).to_be_visible()
    page.get_by_label("Photos to compare with").set_input_files([file("sky.jpg", no_face())])
    expect(page.get_by_text("3 photos chosen")).to_be_visible()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url("**/verifications/**")

    headline(page, "Probably the same person in some of the photos")
    rows = page.get_by_role("listitem").filter(has_text=".jpg")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("mine.jpg")
    expect(rows.nth(0)).to_contain_text("Same person")
    expect(rows.nth(2)).to_contain_text("No face was found")

    page.get_by_role("link", name="Again with another photo").click()
    expect(page.get_by_text("The 3 photos to compare with are kept.")).to_be_visible()
    page.get_by_label("Choose the new photo").set_input_files(file("she.jpg", make_face(1, 1)))
    page.get_by_role("button", name="Compare", exact=True).click()
    headline(page, "Probably the same person in some of the photos")
    expect(page.get_by_role("listitem").filter(has_text=".jpg").nth(0)).to_contain_text("other.jpg")
