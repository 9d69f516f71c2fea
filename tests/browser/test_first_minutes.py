"""A new account finds its way with photos to try; a gallery of many people is put in order."""

import functools
import json

import pytest
from playwright.sync_api import expect

from tests.support.browsing import LOOKS, LOOKS_IN_THE_DARK, headline, problems, signed_in

MAKE = """
import json
from django.core.files.base import ContentFile
from accounts.models import User
from tests.support.faces import group, make_face
from tests.support.people import person
from tests.support.submissions import submit_group, submit_person
from verification.gallery import services
new = User.objects.create_user("new-{name}@example.org", "correct horse 9")
many = User.objects.create_user("many-{name}@example.org", "correct horse 9")
for number in range(30):
    person(many, f"Guest {number:02}", tags=["party"] if number % 2 else [])
ada = person(many, "Ada")
services.anchor_add(person=ada, data=make_face(0))
services.anchor_add(person=ada, data=make_face(0, 1))
submit_group(owner=many, probe=group((0, 2), (1, 0), (5, 0)), title="Party")
submit_group(owner=many, probe=group((1, 1), (7, 0)), title="Picnic")
submit_person(owner=many, probe=make_face(0, 3), person=ada, title="At the gate")
print(json.dumps(str(ada.pk)))
"""


@pytest.fixture(scope="module")
def galleries(place):
    """Makes the accounts of a colour scheme, once; gives the id of Ada in the gallery with many people."""

    @functools.cache
    def made(scheme: str) -> str:
        return json.loads(place.ask(MAKE.replace("{name}", scheme)))

    return made


@pytest.fixture
def ada(galleries, look) -> str:
    return galleries(look["color_scheme"])


@pytest.mark.parametrize("look", LOOKS)
def test_a_new_user_tries_the_samples_and_sees_the_steps(visitor, place, ada, look):
    newcomer = signed_in(place, f"new-{look['color_scheme']}@example.org")
    page = visitor.window(**look, storage_state=newcomer)
    page.goto("/compare/")
    expect(page.get_by_text("0 of 5 done")).to_be_visible()
    assert problems(page) == []

    page.get_by_role("button", name="Two photos of one person").click()
    headline(page, "Probably the same person")

    page.goto("/compare/")
    expect(page.get_by_text("1 of 5 done")).to_be_visible()
    page.get_by_role("button", name="Do not show this again").click()
    expect(page.get_by_role("heading", name="Compare two photos")).to_be_visible()
    expect(page.get_by_role("heading", name="First steps")).to_have_count(0)
    page.goto("/people/")
    assert problems(page) == []
    page.get_by_role("button", name="Try with three drawn people").click()
    expect(page.get_by_text("Noor (sample)").first).to_be_visible()


@pytest.mark.parametrize("look", LOOKS_IN_THE_DARK)
def test_many_people_are_sorted_selected_and_tagged(visitor, place, ada, look):
    owner = signed_in(place, f"many-{look['color_scheme']}@example.org")
    page = visitor.window(**look, storage_state=owner)
    page.goto("/people/")
    with page.expect_response("**/people/?*"):
        page.get_by_label("Sort by").select_option("Most photos")
    # Not by a function in the page: its policy lets no text be run as a script.
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    expect(page.locator(".person-card__name").first).to_have_text("Ada")

    page.get_by_label("Select all 31 people, on every page").check()
    expect(page.get_by_text("31 selected")).to_be_visible()
    page.get_by_label("Tag for the selected people").fill("guests")
    assert problems(page) == []
    page.get_by_role("button", name="Add tag").click()

    expect(page.get_by_text("31 people tagged.")).to_be_visible()
    page.get_by_label("Select Guest 00").check()
    page.get_by_label("Select Guest 01").check()
    page.get_by_role("button", name="Merge").click()
    expect(page.get_by_role("heading", name="Are these all the same person?")).to_be_visible()
    assert problems(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS)
def test_unknown_faces_are_gathered_and_named_and_a_person_was_seen(visitor, place, ada, look):
    owner = signed_in(place, f"many-{look['color_scheme']}@example.org")
    page = visitor.window(**look, storage_state=owner)
    page.goto("/people/unknown/")
    page.get_by_role("button", name="Look through my group photos").click()
    expect(page.get_by_label("Who is this?")).to_have_count(3)
    assert problems(page) == []

    page.get_by_label("Who is this?").first.fill("Bea")
    page.get_by_role("button", name="Name these faces").first.click()
    expect(page.get_by_text("2 photos added to Bea.")).to_be_visible()

    page.goto(f"/people/{ada}/")
    page.get_by_role("link", name="Where seen").click()
    expect(page.get_by_text("At the gate")).to_be_visible()
    assert problems(page) == []
