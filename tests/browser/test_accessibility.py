"""Every page, light and dark, on a desktop and on a phone: axe-core finds nothing, nothing sticks out."""

import json
from contextlib import contextmanager

import pytest

from tests.support.browsing import (
    LOOKS,
    LOOKS_IN_THE_DARK,
    Visitor,
    answer_if_asked,
    headline,
    problems,
    sign_in,
    signed_in,
)

MAKE = """
import json
from accounts.models import User
from accounts.services import api_key_create
from django.core.files.base import ContentFile
from tests.support.photos import photo
from tests.support.found_faces import compared, face
from tests.support.rows import verification
user = User.objects.create_user("pages@example.org", "correct horse 9")
faces = {"probe": compared(face(1, 40.0)), "reference": compared(sharpness=0.01)}
rows = {
    "match": verification(user, "done", faces=faces, title="Ada twice"),
    "no_match": verification(user, "done", faces=faces, outcome="no_match", similarity=0.2),
    "inconclusive": verification(user, "done", faces=faces, outcome="inconclusive"),
    "several": verification(user, "refused", refusal_faces=[face(0), face(1, 36.0)]),
    "failed": verification(user, "failed"),
}
for row in rows.values():
    for crop in (row.probe_crop, row.reference_crop):
        crop.save("crop", ContentFile(photo()), save=False)
    row.save()
print(json.dumps({
    **{name: f"/verifications/{row.pk}/" for name, row in rows.items()},
    "delete": f"/verifications/{rows['match'].pk}/delete/",
    "revoke": f"/account/keys/{api_key_create(owner=user, name='script')[0].pk}/revoke/",
}))
"""
# The colours are those of the other scheme, and not on their way to them.
FADED = "Promise.allSettled(document.getAnimations().map((each) => each.finished))"
# More than a form may have.
TOO_MANY_FIELDS = """
() => {
  const form = document.querySelector("main form");
  for (let n = 0; n < 2000; n++)
    form.append(Object.assign(document.createElement("input"), {name: `n${n}`, type: "hidden"}));
  HTMLFormElement.prototype.submit.call(form);
}
"""
OUTSIDE = (
    "/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/wrong-key/",
    "/accounts/confirm-email/wrong/",
    "/accounts/invitation/wrong/",
    "/accounts/social/login/cancelled/",
    "/accounts/social/login/error/",
    "/privacy/",
)
INSIDE = (
    "/compare/",
    "/history/",
    "/history/?q=nothing-like-it",
    "/history/?first=wrong",
    "/account/",
    "/account/keys/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
    "/accounts/social/",
    "match",
    "no_match",
    "inconclusive",
    "several",
    "failed",
    "delete",
    "revoke",
)


@contextmanager
def broken(place):
    """While a table of the database is missing."""
    rename = "from django.db import connection; connection.cursor().execute('ALTER TABLE {} RENAME TO {}')"
    place.ask(rename.format("accounts_user", "elsewhere"))
    try:
        yield
    finally:
        place.ask(rename.format("elsewhere", "accounts_user"))


@pytest.fixture(scope="module")
def pages(chromium, place) -> dict:
    """Addresses by name, and the cookies of their owner."""
    made = json.loads(place.ask(MAKE))
    context = chromium.new_context(base_url=place.url)
    sign_in(context.new_page(), "pages@example.org")
    made["state"] = context.storage_state()
    context.close()
    return made


@pytest.mark.parametrize("look", LOOKS)
def test_pages_for_visitors(visitor, look):
    visitor.expected += ["status of 401", "status of 404"]  # pages about what does not work
    page = visitor.window(**look)
    found = {}
    for address in OUTSIDE:
        page.goto(address)
        found[address] = problems(page)

    assert {address: listed for address, listed in found.items() if listed} == {}


@pytest.mark.parametrize("look", LOOKS_IN_THE_DARK)
def test_pages_for_people_with_an_account(visitor, pages, look):
    page = visitor.window(**look, storage_state=pages["state"])
    found = {}
    for name in INSIDE:
        page.goto(pages.get(name, name))
        found[name] = problems(page)

    assert {name: listed for name, listed in found.items() if listed} == {}


@pytest.mark.parametrize("look", LOOKS)
def test_pages_after_something_was_done_on_them(visitor, pages, look):
    """Errors at their fields, an opened dialog, an opened disclosure, a key that was just made."""
    page = visitor.window(**look, storage_state=pages["state"])
    found = {}

    page.goto("/compare/")
    page.get_by_role("button", name="Compare", exact=True).click()
    found["errors"] = problems(page)

    page.get_by_role("button", name="Camera for the first photo").click()
    found["camera"] = problems(page)

    page.goto(pages["match"])
    page.get_by_text("Model, times and numbers").click()
    found["disclosure"] = problems(page)
    page.get_by_role("button", name="Delete").click()
    found["dialog"] = problems(page)

    page.goto("/account/keys/")
    page.get_by_role("button", name="Create key").click()
    no_name = page.get_by_text("Give the key a name")
    answer_if_asked(page, no_name)
    no_name.wait_for()
    found["no name"] = problems(page)
    page.get_by_label("Name").fill("another")
    page.get_by_role("button", name="Create key").click()
    page.get_by_text("is ready").wait_for()
    found["secret"] = problems(page)

    assert {name: listed for name, listed in found.items() if listed} == {}


def test_error_pages_as_a_visitor_of_a_deployed_site_sees_them(chromium, deployed):
    visitor = Visitor(chromium, deployed.url)
    visitor.expected += [f"status of {status}" for status in (400, 403, 404, 429, 500)]
    page = visitor.window(storage_state=signed_in(deployed, "owner@example.org"))
    found = {}

    def look(name: str, heading: str) -> None:
        headline(page, heading)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.evaluate(FADED)
            found[f"{name} {scheme}"] = problems(page)

    page.goto("/nothing/")
    look("404", "There is nothing here")

    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.context.clear_cookies()
    page.get_by_role("button", name="Sign in", exact=True).click()
    look("403", "This form is out of date")

    page.goto("/accounts/login/")
    page.evaluate(TOO_MANY_FIELDS)
    look("400", "That request could not be read")

    for _time in range(6):
        page.goto("/accounts/password/reset/")
        page.get_by_label("Email").fill("owner@example.org")
        with page.expect_navigation():
            page.get_by_role("main").get_by_role("button").click()
    look("429", "Too many requests")

    with broken(deployed):
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill("owner@example.org")
        page.get_by_label("Password", exact=True).fill("anything")
        page.get_by_role("button", name="Sign in", exact=True).click()
        look("500", "Something broke on our side")

    styled = page.evaluate("getComputedStyle(document.body).backgroundColor")
    visitor.close()
    assert {name: listed for name, listed in found.items() if listed} == {}
    assert styled == "rgb(16, 22, 20)"  # the style sheets came, under their hashed names


def test_someone_who_wants_no_motion_sees_none(visitor, pages):
    page = visitor.window(reduced_motion="reduce")
    page.goto("/")

    moving = page.evaluate(
        "[...document.querySelectorAll('*')].filter(e =>"
        " parseFloat(getComputedStyle(e).transitionDuration) > 0.001).length"
    )
    assert moving == 0
