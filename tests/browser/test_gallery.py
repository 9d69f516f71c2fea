"""A gallery in the browser: people, their photos, who is on a photo"""

import base64
import re

import pytest
from playwright.sync_api import expect

from tests.support.browsing import headline, signed_in
from tests.support.faces import make_face

# Several files at once, as a drop gives them.
DROP = """
(target, files) => {
  const transfer = new DataTransfer();
  for (const {name, data} of files) {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    transfer.items.add(new File([bytes], name, {type: "image/jpeg"}));
  }
  for (const step of ["dragenter", "dragover", "drop"])
    target.dispatchEvent(
      new DragEvent(step, {bubbles: true, cancelable: true, dataTransfer: transfer}));
}
"""


@pytest.fixture
def page(visitor, place, request):
    """The window of somebody with an empty gallery."""
    email = f"{request.node.name[:40]}@example.org".replace("_", "-")
    place.new_key(email)
    page = visitor.window(storage_state=signed_in(place, email))
    page.goto("/people/")
    return page


def file(name: str, data: bytes) -> dict:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def add_person(page, name: str) -> None:
    page.goto("/people/")
    page.get_by_role("link", name="Add a person").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Add", exact=True).click()
    headline(page, name)


def add_photos(page, *files: dict) -> None:
    page.get_by_label("Choose photos").set_input_files(list(files))


def cards(page, label: str):
    return page.locator(".anchor", has_text=label)


def ready(page):
    return page.locator(".anchor--ready")


def known(page, name: str, identity: int, photos: int = 2) -> str:
    """A person whose photos are ready; the address."""
    add_person(page, name)
    add_photos(
        page, *(file(f"{name}-{n}.jpg", make_face(identity, n)) for n in range(1, 1 + photos))
    )
    expect(ready(page)).to_have_count(photos)
    expect(page.get_by_role("link", name="Verify a photo")).to_be_visible()  # without a reload
    return page.url


def choose_probe(page, data: bytes) -> None:
    page.get_by_label("Choose the photo").set_input_files(file("probe.jpg", data))


def test_three_people_are_added_verified_identified_and_merged(page):
    expect(page.get_by_role("heading", name="Nobody here yet")).to_be_visible()
    ada = known(page, "Ada", 0)
    known(page, "Bea", 1)
    known(page, "Ada again", 0, photos=1)
    page.goto("/people/")
    expect(page.get_by_role("link", name=re.compile("^Ada 2 photos"))).to_be_visible()

    # Is this Ada?
    page.goto(ada)
    page.get_by_role("link", name="Verify a photo").click()
    choose_probe(page, make_face(0, 8))
    page.get_by_role("button", name="Verify", exact=True).click()
    headline(page, "Probably Ada")
    expect(
        page.get_by_role("heading", name=re.compile("^Compared with all of Ada"))
    ).to_be_visible()
    page.get_by_role("link", name="Verify another").click()
    choose_probe(page, make_face(1, 8))
    page.get_by_role("button", name="Verify", exact=True).click()
    headline(page, "Probably not Ada")

    # Who is this?
    page.get_by_role("link", name="Identify").click()
    choose_probe(page, make_face(1, 9))
    page.get_by_role("button", name="Identify", exact=True).click()
    headline(page, "Probably Bea")
    page.get_by_role("link", name="Identify another").click()
    choose_probe(page, make_face(4))
    page.get_by_role("button", name="Identify", exact=True).click()
    headline(page, "No one in your gallery")

    # That one becomes a person, from the verdict.
    page.get_by_role("link", name="Add this photo to a person").click()
    page.get_by_label("A new person").fill("Cleo")
    page.get_by_role("button", name="Add as a new person").click()
    headline(page, "Cleo")
    expect(ready(page)).to_have_count(1)

    # Two of them are one.
    page.goto(ada)
    expect(page.get_by_text("Ada looks like Ada again.")).to_be_visible()
    page.get_by_role("link", name="Merge", exact=True).click()
    page.get_by_role("searchbox", name="Search").fill("again")
    expect(page.locator("#picker").get_by_role("button")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Ada again")).click()
    headline(page, "Are these the same person?")
    page.get_by_role("button", name="Merge").click()
    merged = page.get_by_role("status").filter(has_text="Ada again merged into Ada.")
    expect(merged).to_be_visible()
    expect(page.locator(".anchor")).to_have_count(2)  # the third was the same photo
    merged.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone.", exact=True)).to_be_visible()
    page.goto("/people/")
    expect(page.get_by_text("4 people")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^Ada again 1 photo"))).to_be_visible()


def test_what_is_typed_before_the_scripts_are_there_is_searched_for(page):
    for name in ("Ada", "Bea"):
        add_person(page, name)
    held = []
    page.route("**/*htmx*.js", lambda script: held.append(script))

    page.goto("/people/", wait_until="commit")
    page.get_by_role("searchbox", name="Search").fill("Bea")
    for script in held:
        script.continue_()

    expect(page.locator(".person-card")).to_have_count(1)
    expect(page.locator(".person-card")).to_contain_text("Bea")


def test_what_was_deleted_comes_back(page):
    ada = known(page, "Ada", 0)
    page.get_by_role("checkbox", name="Select all").check()
    page.get_by_role("button", name="Delete selected").click()
    expect(page.get_by_text("2 photos deleted.")).to_be_visible()
    expect(page.locator(".anchor")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(ready(page)).to_have_count(2)

    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Nobody here yet")).to_be_visible()
    page.goto("/people/")  # the message is gone, and with it its button
    page.get_by_role("link", name="Undo a recent change").click()
    page.get_by_role("button", name="Undo Ada deleted, with 2 photos.").click()
    page.wait_for_url(ada)
    expect(ready(page)).to_have_count(2)


def test_photos_are_dropped_and_each_tells_what_became_of_it(page, photos):
    add_person(page, "Ada")
    names = ("ada", "ada_again", "group", "landscape", "notes")
    files = [
        {"name": f"{n}.jpg", "data": base64.b64encode(photos[n].read_bytes()).decode()}
        for n in names
    ]
    page.locator("[data-upload-area]").evaluate(DROP, files)

    expect(page.locator(".anchor")).to_have_count(4)
    expect(cards(page, "Looking for the face")).to_have_count(0)
    expect(cards(page, "No face was found in the photo.")).to_have_count(1)
    refused = page.get_by_role("list", name="Uploads").get_by_role("listitem")
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text("These formats work: JPEG, PNG, WebP")
    page.get_by_role("button", name="Dismiss notes.jpg").click()
    expect(refused).to_have_count(0)

    # The same again adds nothing.
    page.locator("[data-upload-area]").evaluate(DROP, files[:1])
    expect(refused).to_contain_text("This photo is here already.")
    expect(page.locator(".anchor")).to_have_count(4)

    # Of the two faces on the group photo one is meant.
    cards(page, "2 faces").get_by_role("link", name="Choose the face").click()
    headline(page, "Which face is Ada?")
    page.get_by_role("button", name="Use face 1").click()
    expect(page.get_by_role("heading", name="The face", exact=True)).to_be_visible()
    page.get_by_role("button", name="Make it the cover").click()
    expect(page.locator(".anchor", has_text="Cover")).to_contain_text("group.jpg")


@pytest.mark.slow
def test_a_photo_from_the_webcam_is_taken_like_any_other(page):
    add_person(page, "Ada")
    page.get_by_role("button", name="Camera").click()
    page.get_by_role("button", name="Take the photo").click()
    page.get_by_role("button", name="Use this photo").click()

    expect(cards(page, "No face was found")).to_have_count(1)  # the fake camera shows a pattern


def test_a_failed_upload_can_be_tried_again(page, visitor, photos):
    visitor.expected.append("net::ERR_FAILED")
    add_person(page, "Ada")
    page.route("**/photos/", lambda route: route.abort())
    add_photos(page, file("ada.jpg", photos["ada"].read_bytes()))
    again = page.get_by_role("button", name="Try ada.jpg again")
    expect(again).to_be_visible()
    page.unroute_all()

    again.click()
    expect(ready(page)).to_have_count(1)


def test_everything_can_be_done_with_the_keyboard(page):
    known(page, "Ada", 0)
    press = page.keyboard.press

    select_all = page.get_by_role("checkbox", name="Select all")
    give = page.get_by_role("button", name="Move selected to…")
    expect(give).to_be_disabled()
    page.get_by_role("checkbox", name="Select Ada-1.jpg").focus()
    press("Space")
    expect(page.get_by_text("1 selected")).to_be_visible()
    expect(select_all).to_have_js_property("indeterminate", True)
    give.focus()
    press("Enter")
    headline(page, "Who is in this photo?")
    page.get_by_label("A new person").focus()
    page.keyboard.type("Bea")
    press("Enter")
    headline(page, "Bea")
    expect(page.locator(".anchor")).to_have_count(1)

    page.get_by_label("Choose photos").focus()
    outline = page.locator(".upload__controls label").evaluate(
        "label => getComputedStyle(label).outlineStyle"
    )
    assert outline == "solid"


@pytest.mark.slow
def test_without_scripts_the_same_forms_work(visitor, place, photos):
    place.new_key("no-script-gallery@example.org")
    page = visitor.window(
        storage_state=signed_in(place, "no-script-gallery@example.org"), java_script_enabled=False
    )
    add_person(page, "Ada")
    page.get_by_label("Choose photos").set_input_files([photos["ada"], photos["notes"]])
    page.get_by_role("button", name="Add them").click()

    expect(page.get_by_text("1 photo added.")).to_be_visible()
    expect(page.get_by_text("notes.jpg: ")).to_be_visible()
    expect(ready(page)).to_have_count(1)  # it asks by itself
