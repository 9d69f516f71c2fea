"""Keyboard alone, no JavaScript, no worker, colours, history and keys."""

import re

from playwright.sync_api import expect

from tests.support.browsing import (
    Visitor,
    answer_if_asked,
    choose,
    first,
    headline,
    problems,
    second,
    sign_in,
    signed_in,
    submit,
)


def tab_to(page, target, limit: int = 60) -> None:
    """Press Tab until `target` has the focus."""
    for _ in range(limit):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached {target}")


def pick(page, target, photo) -> None:
    tab_to(page, target)
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(photo)


def compared(place, email: str, *titles: str) -> None:
    """Verdicts that two photos show different people."""
    place.ask(
        "from accounts.models import User\n"
        "from tests.support.rows import verification\n"
        f"owner = User.objects.get(email={email!r})\n"
        f"for title in {titles!r}:\n"
        "    verification(owner, 'done', outcome='no_match', title=title)"
    )


def test_the_whole_job_by_keyboard(visitor, photos, place):
    place.new_key("keyboard@example.org")  # for whom no strictness is remembered
    page = visitor.window(storage_state=signed_in(place, "keyboard@example.org"))
    page.goto("/compare/")
    # With a listener the interception of choosers stays on; between two `expect_file_chooser`s it
    # would be switched off and on again, and the second chooser could open while it is off.
    page.on("filechooser", lambda chooser: None)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")

    pick(page, first(page), photos["ada"])
    pick(page, second(page), photos["bea"])
    tab_to(page, page.locator("details.options > summary"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("radio", name="Standard"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name=re.compile(r"^(✓ )?Strict"))).to_be_checked()
    tab_to(page, page.get_by_label("Title"))
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    headline(page, "Probably different people")

    delete = page.get_by_role("button", name="Delete")
    tab_to(page, delete)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(delete).to_be_focused()
    headline(page, "Probably different people")


def test_without_javascript(visitor, state, photos):
    page = visitor.window(storage_state=state, java_script_enabled=False)
    page.goto("/compare/")
    choose(page, photos["notes"], photos["ada"], "Plain form")
    page.get_by_role("button", name="Compare", exact=True).click()

    expect(page.locator("#probe-error")).to_contain_text("These formats work")
    expect(page.get_by_label("Title")).to_have_value("Plain form")
    expect(page.get_by_text("choose them again")).to_be_visible()

    choose(page, photos["ada"], photos["ada_again"])
    submit(page)
    headline(page, "Probably the same person")  # after the page has reloaded itself

    page.get_by_role("button", name="Delete").click()
    page.wait_for_url("**/history/")
    expect(page.get_by_role("link", name="Plain form")).to_have_count(0)


def test_without_javascript_many_are_deleted_after_a_page_that_asks(visitor, place):
    place.new_key("plain@example.org")
    compared(place, "plain@example.org", "one", "two")
    page = visitor.window(
        storage_state=signed_in(place, "plain@example.org"), java_script_enabled=False
    )
    page.goto("/history/")
    page.get_by_label("Select one").check()
    page.get_by_role("button", name="Delete selected").click()
    headline(page, "Delete 1 entry?")
    page.get_by_role("button", name="Delete").click()

    expect(page.get_by_text("1 comparison and its photos are deleted.")).to_be_visible()
    expect(page.get_by_role("link", name="two", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="one", exact=True)).to_have_count(0)


def test_without_a_worker_the_page_says_so_and_goes_on_when_one_comes(chromium, photos, deployed):
    visitor = Visitor(chromium, deployed.url)
    page = visitor.window()
    sign_in(page, "owner@example.org")
    expect(page.get_by_text("No worker is running at the moment")).to_be_visible()
    choose(page, photos["ada"], photos["ada_again"])
    submit(page)
    headline(page, "Waiting for a worker")
    assert problems(page) == []

    deployed.start_worker(wait=False)

    headline(page, "Probably the same person")
    deployed.kill_worker()
    visitor.close()


def test_the_chosen_colours_are_remembered(visitor):
    page = visitor.window(color_scheme="light")
    page.goto("/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Use dark colours").click()
    page.goto("/accounts/login/")

    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != light
    page.get_by_role("button", name="Use light colours").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_history_selects_and_deletes_many(visitor, place):
    place.new_key("many@example.org")
    page = visitor.window(storage_state=signed_in(place, "many@example.org"))
    page.goto("/history/")
    expect(page.get_by_text("Nothing compared yet")).to_be_visible()
    compared(place, "many@example.org", "red", "green", "blue")
    page.goto("/history/")

    page.get_by_label("Select all on this page").check()
    page.get_by_label("Select green").uncheck()
    page.get_by_role("button", name="Delete 2 selected").click()
    dialog = page.get_by_role("dialog", name="Delete 2 entries?")
    dialog.get_by_role("button", name="Delete").click()

    expect(page.get_by_text("2 comparisons and their photos are deleted.")).to_be_visible()
    expect(page.get_by_role("listitem").get_by_role("heading")).to_have_text(["green"])

    page.get_by_label("Result").select_option("Same person")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("No comparison matches")).to_be_visible()


def test_a_new_api_key_is_copied_with_a_click(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/account/keys/")
    page.get_by_label("Name").fill("script")
    page.get_by_role("button", name="Create key").click()
    answer_if_asked(page, page.get_by_role("button", name=re.compile("Copy")))
    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"fv_[\w-]{40,}", copied)
    expect(page.locator("#secret")).to_have_text(copied)
