"""From two photos to the verdict, with a mouse."""

import base64
import re
import sqlite3
from contextlib import closing, contextmanager

from playwright.sync_api import expect

from tests.support.browsing import (
    choose,
    compare,
    compare_button,
    first,
    headline,
    preview,
    second,
    sign_in,
    signed_in,
    submit,
)
from tests.support.servers import eventually

# Puts a file into a DataTransfer and sends it to the element as a drop or a paste would.
SEND = """
(target, {type, name, data}) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type: "image/jpeg"}));
  const options = {bubbles: true, cancelable: true};
  if (type === "paste") {
    target.dispatchEvent(new ClipboardEvent("paste", {...options, clipboardData: transfer}));
  } else {
    for (const step of ["dragenter", "dragover", "drop"])
      target.dispatchEvent(new DragEvent(step, {...options, dataTransfer: transfer}));
  }
}
"""


def send(target, kind: str, photo) -> None:
    data = base64.b64encode(photo.read_bytes()).decode()
    target.evaluate(SEND, {"type": kind, "name": photo.name, "data": data})


@contextmanager
def worker_held(place):
    """The worker's processes stand still, and not in the middle of writing to the database."""
    held = place.worker_processes()
    assert held
    try:
        eventually(lambda: _suspended(place, held), "a moment in which the worker writes nothing")
        yield
    finally:
        for process in held:
            process.resume()


def _suspended(place, processes) -> bool:
    for process in processes:
        process.suspend()
    with closing(sqlite3.connect(place.home / "var/db.sqlite3", timeout=0)) as database:
        try:
            database.execute("BEGIN IMMEDIATE")
            return True
        except sqlite3.OperationalError:
            for process in processes:
                process.resume()
            return False


def test_the_verdict_comes_by_itself(page, photos, place):
    choose(page, photos["ada"], photos["ada_again"], "Ada twice")
    with worker_held(place):  # else the page may come with the verdict in it
        submit(page)
        expect(page).to_have_url(re.compile("/verifications/[0-9a-f-]{36}/$"))
        expect(page.locator("#result")).to_be_visible()

    headline(page, "Probably the same person")
    expect(page).to_have_title("Same person: Ada twice · faceverify")
    expect(page.get_by_role("status").filter(has_text="Confidence:")).to_contain_text(
        "Probably the same person."
    )
    expect(page.get_by_role("img", name=re.compile("^Similarity 0"))).to_be_visible()
    for name in ("Aligned face from the first photo", "Aligned face from the second photo"):
        crop = page.get_by_role("img", name=name)
        expect(crop).to_be_visible()
        assert crop.evaluate("image => image.decode().then(() => image.naturalWidth)") == 150


def test_two_people_are_told_apart_and_the_face_boxes_lie_on_the_faces(page, photos):
    compare(page, photos["ada"], photos["bea"])

    headline(page, "Probably different people")
    photo = page.get_by_role("img", name="First photo, ada.jpg").bounding_box()
    box = page.locator(".photo--probe .face__box").bounding_box()
    # The synthetic face fills the middle of its photo.
    assert photo["x"] < box["x"] < photo["x"] + photo["width"] / 2
    assert box["x"] + box["width"] < photo["x"] + photo["width"]
    assert (
        abs((box["x"] + box["width"] / 2) - (photo["x"] + photo["width"] / 2)) < photo["width"] / 8
    )


def test_drop_a_photo_on_each_zone(page, photos):
    send(page.locator("[data-drop=probe] [data-drop-area]"), "drop", photos["ada"])
    send(page.locator("[data-drop=reference] [data-drop-area]"), "drop", photos["bea"])

    expect(preview(page, "ada.jpg")).to_be_visible()
    expect(preview(page, "bea.jpg")).to_be_visible()
    submit(page)
    headline(page, "Probably different people")


def test_a_pasted_photo_fills_the_empty_zone_although_the_other_was_used_last(page, photos):
    first(page).set_input_files(photos["ada"])
    page.get_by_role("button", name="Remove the first photo").focus()

    send(page.locator("body"), "paste", photos["bea"])

    assert first(page).evaluate("input => input.files[0].name") == "ada.jpg"
    assert second(page).evaluate("input => input.files[0].name") == "bea.jpg"
    expect(page.get_by_text("Pasted as the second photo.")).to_be_visible()


def test_the_same_file_twice_is_said_to_prove_nothing_before_and_after(page, photos):
    choose(page, photos["ada"], photos["ada"])

    expect(page.get_by_text("Both photos are the same file. That they match")).to_be_visible()
    submit(page)
    headline(page, "Probably the same person")
    expect(page.get_by_text("Both photos are the same file, so this result")).to_be_visible()


def test_the_button_is_above_the_fold_and_stays_where_it_is(visitor, state, photos):
    page = visitor.window(storage_state=state, viewport={"width": 1280, "height": 900})
    page.goto("/compare/")
    before = compare_button(page).bounding_box()

    choose(page, photos["ada"], photos["bea"])
    expect(preview(page, "bea.jpg")).to_be_visible()

    assert compare_button(page).bounding_box() == before
    assert before["y"] + before["height"] < 900


def test_a_photo_from_the_webcam(page, photos):
    page.get_by_role("button", name="Camera for the first photo").click()
    page.get_by_role("button", name="Take the photo").click()
    page.get_by_role("button", name="Retake").click()
    page.get_by_role("button", name="Take the photo").click()
    expect(page.get_by_role("img", name="The photo that you took")).to_be_visible()
    page.get_by_role("button", name="Use this photo").click()

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("img", name=re.compile(r"Preview: camera-.*\.jpg"))).to_be_visible()
    assert page.locator("video").evaluate("video => video.srcObject") is None  # camera off
    second(page).set_input_files(photos["ada"])
    submit(page)
    headline(page, "The first photo cannot be used")  # the fake camera shows no face


def test_a_photo_can_be_taken_out_again(page, photos):
    first(page).set_input_files(photos["ada"])
    page.get_by_role("button", name="Remove the first photo").click()

    expect(preview(page, "ada.jpg")).to_be_hidden()
    expect(first(page)).to_be_focused()


def test_a_bad_photo_is_told_beside_it_and_nothing_is_lost(page, photos):
    choose(page, photos["notes"], photos["bea"], "Keep me")
    assert page.locator("details.options").evaluate("details => details.open")
    page.get_by_role("radio", name=re.compile(r"^(✓ )?Strict")).check()
    compare_button(page).click()

    expect(page.locator("#probe-error")).to_contain_text("These formats work: JPEG, PNG, WebP")
    expect(first(page)).to_be_focused()
    expect(page.locator("#reference-error")).to_be_hidden()
    expect(preview(page, "bea.jpg")).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value("Keep me")
    expect(page.get_by_role("radio", name=re.compile(r"^(✓ )?Strict"))).to_be_checked()

    first(page).set_input_files(photos["ada"])
    expect(page.locator("#probe-error")).to_be_hidden()
    submit(page)
    headline(page, "Probably different people")
    expect(page.get_by_text("Wrong matches: about 1 in 10,000")).to_be_visible()


def test_photos_that_are_missing_are_asked_for_without_a_request(page):
    compare_button(page).click()

    expect(page.locator("#probe-error")).to_have_text("Choose a photo.")
    expect(page.locator("#reference-error")).to_have_text("Choose a photo.")


def test_the_button_is_off_while_the_photos_are_sent(page, visitor, photos):
    visitor.expected.append("net::ERR_FAILED")
    held = []
    page.route("**/compare/", lambda route: held.append(route))
    choose(page, photos["ada"], photos["bea"])
    compare_button(page).click()

    expect(page.get_by_role("button", name="Sending")).to_be_disabled()
    expect(page.get_by_role("progressbar", name="Upload")).to_be_visible()
    held[0].abort()
    page.unroute_all()

    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    submit(page)
    headline(page, "Probably different people")


def test_a_double_click_makes_one_verification(page, photos):
    title = "Clicked twice"
    choose(page, photos["ada"], photos["bea"], title)
    compare_button(page).dblclick()
    page.wait_for_url("**/verifications/**")

    page.goto(f"/history/?q={title}")
    expect(page.get_by_role("link", name=title, exact=True)).to_have_count(1)


def test_of_several_faces_one_is_chosen_on_the_page(page, photos):
    compare(page, photos["group"], photos["bea"])

    headline(page, "Which face is meant?")
    expect(page.get_by_role("button", name=re.compile("Compare face"))).to_have_count(2)
    boxes = [page.locator(".face__box").nth(n).bounding_box()["x"] for n in (0, 1)]
    assert boxes == sorted(boxes)  # numbered from left to right
    page.locator(".face-tap").nth(1).click()  # in the photo, on the right: Bea

    headline(page, "Probably the same person")
    expect(page.get_by_text("2 faces found; face 2 was compared.")).to_be_visible()


def test_a_photo_without_a_face_is_refused_with_the_way_to_fix_it(page, photos):
    compare(page, photos["ada"], photos["landscape"])

    headline(page, "The second photo cannot be used")
    expect(page.locator(".notice--error").first).to_contain_text("face")
    expect(page.get_by_role("heading", name="Replace this photo")).to_be_visible()
    page.get_by_label("Choose the new photo").set_input_files(photos["bea"])
    refused = page.url
    compare_button(page).click()
    page.wait_for_url(lambda url: url != refused)

    headline(page, "Probably different people")  # the first photo was kept
    expect(page.get_by_role("img", name="First photo, ada.jpg")).to_be_visible()


def test_who_is_signed_out_while_sending_signs_in_elsewhere_and_presses_the_same_button(
    page, visitor, photos, place
):
    visitor.expected += ["status of 403", "net::ERR"]
    place.new_key("leaver@example.org")
    mine = visitor.window(storage_state=signed_in(place, "leaver@example.org"))
    mine.goto("/compare/")
    choose(mine, photos["ada"], photos["bea"])
    mine.context.clear_cookies()
    compare_button(mine).click()
    expect(mine.get_by_role("alert")).to_contain_text("You are signed out.")

    with mine.expect_popup() as opened:
        mine.get_by_role("link", name="Sign in again in another tab").click()
    sign_in(opened.value, "leaver@example.org")
    opened.value.close()
    compare_button(mine).click()

    headline(mine, "Probably different people")


def test_a_result_is_deleted_after_asking(page, photos):
    compare(page, photos["ada"], photos["bea"], "To be deleted")
    headline(page, "Probably different people")

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    headline(page, "Probably different people")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    page.wait_for_url("**/history/")
    expect(page.get_by_text("The comparison and its photos are deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="To be deleted", exact=True)).to_have_count(0)
