"""The history, the review queue, the keys, times and the menu, as somebody uses them."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.browsing import headline, press, signed_in

MAKE = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from tests.support.rows import verification
user = User.objects.create_user("past@example.org", "correct horse 9")
for n in range(27):
    verification(user, "done", title=f"entry {n:02}", created_at=timezone.now() - timedelta(hours=n))
"""


@pytest.fixture(scope="module")
def past(place):
    """The cookies of somebody with two pages of history."""
    place.ask(MAKE)
    return signed_in(place, "past@example.org")


@pytest.fixture
def page(visitor, past):
    page = visitor.window(storage_state=past)
    page.goto("/history/")
    return page


def test_the_whole_row_leads_to_the_result(page):
    row = page.get_by_role("listitem").filter(has_text="entry 03")
    row.click(position={"x": row.bounding_box()["width"] - 150, "y": 12})

    page.wait_for_url("**/verifications/**")
    expect(page.get_by_text("entry 03")).to_be_visible()


def test_what_is_selected_stays_so_on_the_next_page_and_in_no_other_list(page):
    page.get_by_label("Select entry 01").check()
    page.get_by_role("link", name="Older").click()
    page.get_by_label("Select entry 25").check()

    expect(page.get_by_text("2 selected, 1 of them on other pages")).to_be_visible()
    expect(page.get_by_role("button", name="Delete 2 selected")).to_be_visible()

    page.goto("/history/?q=entry+01")
    expect(page.get_by_label("Select entry 01")).not_to_be_checked()


def test_what_was_selected_on_two_pages_is_deleted_together(page):
    page.get_by_label("Select entry 20").check()
    page.get_by_role("link", name="Older").click()
    page.get_by_label("Select entry 26").check()
    page.get_by_role("button", name="Delete 2 selected").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(page.get_by_text("2 comparisons and their photos are deleted.")).to_be_visible()
    page.goto("/history/")
    expect(page.get_by_text("25 comparisons")).to_be_visible()
    expect(page.get_by_role("button", name="Delete selected")).to_be_visible()  # none is left over


def test_keys_review_one_verdict_after_another(page):
    page.goto("/history/review/?at=")
    first = page.locator("main").inner_text()
    press(page, "j")
    expect(page.get_by_role("link", name="Previous")).to_be_visible()
    second = page.locator("main").inner_text()
    press(page, "k")
    expect(page.get_by_role("link", name="Previous")).to_have_count(0)
    assert re.findall(r"entry \d+", first) != re.findall(r"entry \d+", second)

    left = int(re.findall(r"(\d+) verdicts without", first)[0])
    press(page, "w")

    expect(page.get_by_text(f"{left - 1} verdicts without a review")).to_be_visible()
    press(page, "k")
    expect(page.get_by_text("You said: wrong.")).to_be_visible()


def test_keys_do_nothing_while_one_types(page):
    page.get_by_label("Search").fill("")
    page.keyboard.type("c/?")

    expect(page.get_by_label("Search")).to_have_value("c/?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url.endswith("/history/")


def test_keys_go_to_comparing_and_to_the_search_and_list_themselves(page):
    press(page, "/")
    expect(page.get_by_label("Search")).to_be_focused()

    page.goto("/account/")
    press(page, "/")
    page.wait_for_url("**/history/#id_q")
    expect(page.get_by_label("Search")).to_be_focused()

    page.goto("/account/")
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    press(page, "Escape")
    press(page, "c")
    page.wait_for_url("**/compare/")


def test_keys_with_another_key_held_are_left_to_the_browser(page):
    press(page, "Control+c")
    press(page, "Alt+c")

    expect(page.get_by_role("heading", level=1, name="History")).to_be_visible()


def test_keys_can_be_switched_off_for_good(page):
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Use these keys").uncheck()
    page.get_by_role("button", name="Close").click()
    page.goto("/history/")
    press(page, "?")
    press(page, "c")

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("heading", level=1, name="History")).to_be_visible()


def test_times_are_those_of_the_browsers_zone(visitor, past):
    page = visitor.window(storage_state=past, timezone_id="Asia/Kolkata")
    page.goto("/compare/")  # the first page tells the zone
    page.goto("/history/")
    shown = page.locator("main time").first

    in_utc = re.findall(r"(\d+):(\d+):\d+ UTC", shown.get_attribute("title"))[0]
    hour, minute = re.findall(r"(\d+):(\d+)$", shown.inner_text())[0]
    ahead = (int(hour) * 60 + int(minute) - int(in_utc[0]) * 60 - int(in_utc[1])) % (24 * 60)
    assert ahead == 5 * 60 + 30


def test_without_javascript_times_are_said_to_be_in_utc_and_each_photo_has_one_button(
    visitor, place, past
):
    page = visitor.window(
        storage_state=signed_in(place, "past@example.org"),  # in a session that knows no zone
        java_script_enabled=False,
        timezone_id="Asia/Kolkata",
    )
    page.goto("/history/")
    expect(page.locator("main time").first).to_contain_text("UTC")

    page.goto("/compare/")
    for label in page.locator(".drop__choose").all():
        assert label.bounding_box()["width"] <= 1


def test_on_a_phone_the_menu_is_one_row_of_five_at_the_bottom(visitor, past):
    page = visitor.window(storage_state=past, viewport={"width": 390, "height": 844})
    page.goto("/history/")
    links = page.get_by_role("navigation", name="Main").get_by_role("link")

    boxes = [link.bounding_box() for link in links.all()]
    assert [link.inner_text().strip() for link in links.all()] == [
        "Compare", "People", "Identify", "History", "Account",
    ]  # fmt: skip
    assert len({box["y"] for box in boxes}) == 1
    assert boxes[0]["y"] + boxes[0]["height"] > 844 - 10

    page.get_by_role("contentinfo").scroll_into_view_if_needed()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    last = page.get_by_role("contentinfo").bounding_box()
    assert last["y"] + last["height"] <= boxes[0]["y"]  # nothing stays hidden below it


def test_a_page_of_the_account_leads_back(page):
    page.goto("/account/sessions/")
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Account").click()

    headline(page, "Account")
