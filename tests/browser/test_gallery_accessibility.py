"""The gallery's pages, light and dark, on a desktop and on a phone: axe-core finds nothing, nothing
sticks out."""

import json
from collections.abc import Iterable

import pytest

from tests.support.browsing import LOOKS, LOOKS_IN_THE_DARK, problems, signed_in

MAKE = """
import json
from accounts.models import User
from django.core.files.base import ContentFile
from tests.support.found_faces import compared, face
from tests.support.people import anchor, person
from tests.support.photos import photo
from tests.support.rows import verification
from verification.gallery import services
from verification.models import Suggestion
user = User.objects.create_user("gallery-looks@example.org", "correct horse 9")
ada = person(user, "Ada Lovelace", tags=["family", "choir"], note="Keeps the key.")
bare = person(user, "A very long name without any spaces: " + "x" * 120)
twin = person(user, "Ada L.", tags=["choir"])
anchor(twin)
ready = anchor(ada, face=compared(face(1, 40.0)))
odd = anchor(ada, seed=2, quality=0.5, face=compared(sharpness=0.004), likeness="unlike")
anchor(ada, "refused", seed=3)
several = anchor(ada, "several", seed=4)
failed = anchor(ada, "failed", seed=5)
running = anchor(ada, "running", seed=6)
first, second = sorted((ada, twin), key=lambda each: each.pk)
Suggestion.objects.create(owner=user, first=first, second=second, similarity=0.9)
services.anchor_delete(anchor=anchor(bare, seed=7))
verdict = {"reference_image": "", "reference_name": "", "reference_crop": ""}
found = [
    {"person_id": str(p.pk), "name": p.name, "similarity": s, "probability": 0.5, "outcome": o}
    for p, s, o in ((ada, 0.9, "match"), (twin, 0.2, "no_match"))
]
identified = verification(user, "done", kind="identify", candidates=found,
    faces={"probe": compared()}, **verdict)
verified = verification(user, "done", kind="person", person=ada, person_name=ada.name,
    faces={"probe": compared()},
    anchor_scores=[{"anchor_id": str(ready.pk), "similarity": 0.8},
                   {"anchor_id": "0" * 32, "similarity": 0.4}], **verdict)
for row in (identified, verified):
    row.probe_crop.save("crop", ContentFile(photo()))
print(json.dumps({
    "person": f"/people/{ada.pk}/", "no photos": f"/people/{bare.pk}/",
    "edit": f"/people/{ada.pk}/edit/", "delete": f"/people/{ada.pk}/delete/",
    "choose whom to merge": f"/people/{ada.pk}/merge/",
    "merge": f"/people/{ada.pk}/merge/?other={twin.pk}",
    "verify": f"/people/{ada.pk}/verify/",
    "move": f"/people/{ada.pk}/photos/move/?ids={ready.pk}&ids={odd.pk}",
    **{name: f"/photos/{row.pk}/" for name, row in (("photo", ready), ("unlike", odd),
       ("several", several), ("failed", failed), ("running", running))},
    "add": f"/verifications/{identified.pk}/add/probe/",
    "identified": f"/verifications/{identified.pk}/", "verified": f"/verifications/{verified.pk}/",
}))
"""
TELLING = ("person", "unlike", "identified", "verified")
PAGES = ("/people/", "/people/?q=nobody", "/people/new/", "/people/changes/", "/identify/")


@pytest.fixture(scope="module")
def pages(place) -> dict:
    """Addresses by name, and the cookies of their owner."""
    made = json.loads(place.ask(MAKE))
    return made | {"state": signed_in(place, "gallery-looks@example.org")}


@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS)
def test_every_page_of_the_gallery(visitor, pages, look):
    page = visitor.window(**look, storage_state=pages["state"])

    assert looked_at(page, pages, sorted({*PAGES, *pages} - {"state"})) == {}


@pytest.mark.parametrize("look", LOOKS_IN_THE_DARK)
def test_pages_of_the_gallery(visitor, pages, look):
    page = visitor.window(**look, storage_state=pages["state"])

    assert looked_at(page, pages, TELLING) == {}

    page.goto(pages["person"])
    page.get_by_label("Choose photos").set_input_files(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"not a photo"}
    )
    page.get_by_role("button", name="Dismiss notes.txt").wait_for()
    page.get_by_role("checkbox", name="Select all").check()
    assert problems(page) == []  # a refused upload and a selection

    page.goto("/people/new/")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Give a name.").wait_for()
    assert problems(page) == []


def looked_at(page, pages: dict, names: Iterable[str]) -> dict[str, list[str]]:
    """The problems of these pages, by name."""
    found = {}
    for name in names:
        page.goto(pages.get(name, name))
        found[name] = problems(page)
    return {name: listed for name, listed in found.items() if listed}
