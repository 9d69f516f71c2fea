"""What can be done with a verdict on its page: other settings, programs, the faces of a group photo."""

import os
import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.support.browsing import LOOKS, compare, headline, problems, signed_in
from tests.support.faces import between, make_face, to_jpeg, wall_with
from tests.support.servers import PATIENCE


@pytest.fixture
def keyed(place) -> tuple[str, str]:
    """An account of its own, and its key."""
    email = f"results-{os.urandom(4).hex()}@example.org"
    return email, place.new_key(email)


@pytest.fixture
def mine(visitor, place, keyed):
    return visitor.window(storage_state=signed_in(place, keyed[0]))


def file(name: str, data: bytes) -> dict:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def settings(page) -> list[str]:
    """What the slider says at each of its places, from the most relaxed setting on."""
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("Home")
    said = [slider.get_attribute("aria-valuetext")]
    while not said[-1].startswith("Very strict"):
        page.keyboard.press("ArrowRight")
        said.append(slider.get_attribute("aria-valuetext"))
    return said


def test_the_threshold_is_moved_by_keyboard_and_verdict_and_rates_change_without_a_request(
    page,
):
    # Half way between two people: more alike than the relaxed settings ask for.
    compare(page, file("one.jpg", make_face(0)), file("between.jpg", between(0, 1, 0.45)))
    page.locator(".verdict").wait_for()
    requests = []
    page.on("request", lambda request: requests.append(request.url))

    said = settings(page)

    assert [text.split(",")[0] for text in said] == ["Relaxed", "Standard", "Strict", "Very strict"]
    verdicts = [text.rsplit(": ", 1)[1] for text in said]
    order = ["Same person", "Cannot tell", "Different people"]
    assert verdicts == sorted(verdicts, key=order.index)  # never milder where it is stricter
    shown = page.locator("[data-setting]:visible")
    expect(shown).to_contain_text("Wrong matches: about 1 in 100,000.")
    expect(shown).to_contain_text(re.compile(r"Missed matches: about \d+ in 1,000\."))
    strict = page.get_by_role("img", name=re.compile("^Similarity")).get_attribute("aria-label")
    page.get_by_role("link", name="See it at Standard").or_(
        page.get_by_role("link", name="Standard")
    ).first.click()
    assert strict != page.get_by_role("img", name=re.compile("^Similarity")).get_attribute(
        "aria-label"
    )
    assert [url for url in requests if ".jpg" not in url] == []


def test_without_a_script_the_settings_are_links(visitor, state, page, photos):
    compare(page, photos["ada"], photos["ada_again"])
    headline(page, "Probably the same person")
    plain = visitor.window(storage_state=state, java_script_enabled=False)

    plain.goto(page.url)
    expect(plain.get_by_role("slider")).to_have_count(0)
    plain.get_by_role("link", name="Very strict").click()

    expect(plain.get_by_text("it would be at Very strict.")).to_be_visible()
    expect(plain.locator("[data-setting]:visible")).to_have_count(1)


def test_the_commands_beside_a_result_give_the_same_verdict(mine, keyed, photos, tmp_path):
    compare(mine, photos["ada"], photos["bea"])
    headline(mine, "Probably different people")
    mine.get_by_text("As a program would ask").click()
    curl = mine.get_by_role("region", name="As curl").text_content()
    python = mine.get_by_role("region", name="As Python").text_content()
    assert keyed[1] not in curl + python

    environment = os.environ | {"FACEVERIFY_KEY": keyed[1]}
    ran = [
        subprocess.run(
            command,
            cwd=photos["ada"].parent,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        for command in (["sh", "-c", curl], [sys.executable, "-c", python])
    ]

    assert [done.returncode for done in ran] == [0, 0], [done.stderr for done in ran]
    assert '"outcome":"no_match"' in ran[0].stdout.replace(" ", "")
    assert ran[1].stdout == "no_match\n"


def test_unknown_faces_of_a_group_photo_are_named_one_after_the_other(mine):
    for name, identity in (("Ada", 0), ("Bea", 1)):
        mine.goto("/people/new/")
        mine.get_by_label("Name").fill(name)
        mine.get_by_role("button", name="Add", exact=True).click()
        mine.get_by_label("Choose photos").set_input_files(
            file(f"{name}.jpg", make_face(identity, 1))
        )
        expect(mine.get_by_role("link", name="Verify a photo")).to_be_visible()
    photo = wall_with([(0, 260, 60, 300), (4, 240, 860, 320), (2, 280, 450, 60)])
    mine.goto("/identify/group/")
    mine.get_by_label("Choose the group photo").set_input_files(file("us.jpg", to_jpeg(photo)))
    mine.get_by_role("button", name="Name the faces").click()
    headline(mine, "People of your gallery are in the photo")
    rows = mine.locator(".named-row")

    # From left to right, as on the picture.
    expect(rows).to_have_count(3)
    expect(rows.nth(0).get_by_role("link", name="Ada")).to_be_visible()
    discs = mine.locator(".face__disc").all()
    assert [d.bounding_box()["x"] for d in discs] == sorted(d.bounding_box()["x"] for d in discs)

    rows.nth(1).get_by_role("link", name="Who is this?").click()
    nearest = mine.get_by_role("region", name="The most alike in your gallery")
    expect(nearest.get_by_role("button")).to_have_count(2)
    assert problems(mine) == []
    mine.get_by_label("A new person").fill("Cleo")
    mine.get_by_role("button", name="Add as a new person").click()
    expect(mine.get_by_text("Face 2 is Cleo, and one of their photos now.")).to_be_visible()
    expect(rows.nth(1).get_by_role("link", name="Cleo")).to_be_visible()

    rows.nth(2).get_by_role("link", name="Who is this?").click()
    mine.get_by_role("region", name="The most alike in your gallery").get_by_role(
        "button", name=re.compile("^Bea")
    ).click()
    expect(rows.nth(2).get_by_role("link", name="Bea")).to_be_visible()
    expect(mine.get_by_text("3 of 3 faces named.")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_around_a_result_are_accessible(visitor, page, state, photos, look):
    compare(page, photos["group"], photos["bea"])
    headline(page, "Which face is meant?")
    question = page.url
    compare(page, photos["landscape"], photos["bea"])
    headline(page, "The first photo cannot be used")
    looking = visitor.window(**look, storage_state=state)
    found = {}

    for address in (question, page.url, f"{question}another/reference/"):
        looking.goto(address)
        for summary in looking.locator("summary").all():
            summary.click()
        found[address] = problems(looking)

    assert {address: listed for address, listed in found.items() if listed} == {}
